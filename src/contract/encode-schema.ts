import { z } from "zod";
import { type Base, baseOf } from "./base.ts";
import { isField } from "./field.ts";
import { type Context, node, type Payload, passOn, runOn, runThen, type Schema } from "./schema-node.ts";
import { definitionOf, isCodec, mapChildren, reaches, rewriter } from "./schema-walk.ts";
import { modelOf } from "./wire-schema.ts";
import { viewed } from "./wire-view.ts";

/** Where in the graph the rewriting is: in which model, and whether what comes out goes to the wire as it is. */
interface Place {
  readonly base: Base | undefined;
  readonly final: boolean;
  /** Whether issues may speak of keys by their names on the wire, and absent properties may be there as `undefined`. */
  readonly quick: boolean;
}

type Visit = (schema: Schema, place: Place) => Schema;

/** Whether a schema writes a value in another way than it checks it. */
function isDirectional(schema: Schema): boolean {
  const def = definitionOf(schema);
  const base = baseOf(schema);
  if (base !== undefined && (base.renames || base.encoders.length > 0)) return true;
  if (def.type === "literal") return def.values.some((value) => typeof value === "bigint");
  return def.type === "pipe" || def.type === "bigint" || def.type === "catch" || def.type === "custom";
}

/** Runs a schema and changes what it lets through. */
function after(schema: Schema, change: (value: unknown) => unknown): Schema {
  return node(schema, (payload, context) =>
    runThen(schema, payload, context, (done) => {
      if (done.issues.length === 0) done.value = change(done.value);
      return done;
    }),
  );
}

/** Runs a schema and writes what it lets through, by a function that waits for nothing. Zod compiles a pipe of its own. */
function writing(first: Schema, write: (value: unknown, payload: Payload) => unknown): Schema {
  const out = new z.core.$ZodTransform({ type: "transform", transform: write });
  return passOn(new z.core.$ZodPipe({ type: "pipe", in: first, out }), first);
}

/** Runs `first`, changes the value, and runs `then` on it: a codec the other way round. */
function chain(first: Schema, change: (value: unknown, payload: Payload) => unknown, then: Schema): Schema {
  return node(first, (payload, context) =>
    runThen(first, payload, context, (done) => {
      if (done.issues.length > 0) return done;
      const changed = change(done.value, done);
      const next = (value: unknown): Payload | Promise<Payload> => {
        if (done.issues.length > 0) return done;
        done.value = value;
        return then._zod.run(done, context);
      };
      if (!(changed instanceof Promise)) return next(changed);
      if (context.async !== true) throw new z.core.$ZodAsyncError();
      return changed.then(next);
    }),
  );
}

/** The checks of a schema on the value as it was given, after `body` has found its shape right. */
function withChecks(schema: Schema, body: Schema): Schema {
  const checks = schema._zod.def.checks;
  if (body === schema || checks === undefined || checks.length === 0) return body;
  const checked = new z.ZodAny({ type: "any", checks });
  return node(schema, (payload, context) => {
    if (context.skipChecks === true) return body._zod.run(payload, context);
    const given = payload.value;
    return runThen(body, payload, context, (done) => {
      if (done.issues.length > 0) return done;
      return runThen(checked, { value: given, issues: [] }, context, (after) =>
        settle(done, given, after, body, context),
      );
    });
  });
}

function settle(
  done: Payload,
  given: unknown,
  checked: Payload,
  body: Schema,
  context: Context,
): Payload | Promise<Payload> {
  done.issues.push(...checked.issues);
  // A check may also change the value, as `.overwrite()` does; then that is what has to be written.
  return checked.value === given || done.issues.length > 0 ? done : runOn(body, checked.value, context);
}

/** Gives the keys of an object their names on the wire. */
function renamed(schema: Schema, base: Base, place: Place): Schema {
  const def = definitionOf(schema);
  if (def.type !== "object" || !base.renames) return schema;
  const quick = place.quick && place.final ? viewed(schema, base.wire) : undefined;
  if (quick !== undefined) return quick;
  const keys = Object.keys(def.shape);
  const rename = copier(keys, keys.map(base.wire));
  const known = new Set(keys);
  let body: Schema | undefined;
  const hasRest = def.catchall !== undefined;
  return node(schema, (payload, context) => {
    body ??= z.compile(schema);
    return runThen(body, payload, context, (done) => {
      if (done.issues.length > 0) return done;
      // An object schema lets only objects through.
      const value = done.value as Record<string, unknown>;
      const wire = rename(value);
      if (hasRest) for (const key of Object.keys(value)) if (!known.has(key)) wire[key] ??= value[key];
      done.value = wire;
      return done;
    });
  });
}

/** Copies an object under other names. Two lists walked side by side measured a third faster than one list of pairs. */
function copier(
  from: readonly string[],
  to: readonly string[],
): (value: Readonly<Record<string, unknown>>) => Record<string, unknown> {
  return (value) => {
    const copy: Record<string, unknown> = {};
    for (let index = 0; index < from.length; index++) {
      // Both lists have the same length, which the compiler cannot see.
      const item = value[from[index] as string];
      if (item !== undefined) copy[to[index] as string] = item;
    }
    return copy;
  };
}

function encoderFor(base: Base | undefined): ((value: unknown) => unknown) | undefined {
  const encoders = base?.encoders ?? [];
  if (encoders.length === 0) return undefined;
  return (value) => {
    const found = encoders.find(([Class]) => value instanceof Class);
    // The value is an instance of the class that the encoder was registered for.
    return found === undefined ? value : found[1](value as never);
  };
}

/** Encodes instances anywhere in a value of which the schema says nothing. */
function encodeDeep(value: unknown, encode: (value: unknown) => unknown): unknown {
  const encoded = encode(value);
  if (encoded !== value || typeof value !== "object" || value === null) return encoded;
  if (Array.isArray(value)) return value.map((item) => encodeDeep(item, encode));
  if (!z.core.util.isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodeDeep(item, encode)]));
}

function leaf(schema: Schema, place: Place): Schema {
  if (!place.final) return schema;
  const type = definitionOf(schema).type;
  const encode = encoderFor(place.base);
  switch (type) {
    case "bigint":
      return after(schema, (value) => (typeof value === "bigint" ? String(value) : value));
    case "literal":
      return isDirectional(schema)
        ? after(schema, (value) => (typeof value === "bigint" ? String(value) : value))
        : schema;
    case "date":
    case "custom":
      return encode === undefined ? schema : after(schema, encode);
    case "any":
    case "unknown":
      return encode === undefined ? schema : after(schema, (value) => encodeDeep(value, encode));
    default:
      return schema;
  }
}

function encodeObject(schema: Schema, place: Place, visit: Visit): Schema {
  const base = baseOf(schema) ?? place.base;
  const inside = { ...place, base };
  const changed = mapChildren(schema, (child) => visit(child, inside));
  if (changed === schema && (base === undefined || !base.renames)) return schema;
  // A plain object, whatever the model's class: names are given after it has run.
  const plain = new z.ZodObject(
    z.core.util.mergeDefs(changed._zod.def, { checks: [], kiln: undefined, coerce: undefined }),
  );
  return withChecks(schema, base === undefined ? plain : renamed(plain, base, place));
}

function encodePipe(schema: Schema, place: Place, visit: Visit): Schema {
  const def = definitionOf(schema);
  if (def.type !== "pipe") return schema;
  if (schema._zod.traits.has("$ZodPreprocess")) return withChecks(schema, visit(def.out, place));
  const out = visit(def.out, { ...place, final: false });
  const into = visit(def.in, place);
  const back: (value: unknown, payload: Payload) => unknown = isCodec(schema)
    ? (value, payload) => schema._zod.def.reverseTransform(value as never, payload as never)
    : (value) => value;
  return withChecks(schema, isField(schema) ? writing(out, back) : chain(out, back, into));
}

/** What a default stands for is written where a value is absent. */
function encodeDefault(schema: Schema, place: Place, visit: Visit): Schema {
  const def = definitionOf(schema);
  if (def.type !== "default" && def.type !== "prefault") return schema;
  const inner = visit(def.innerType, place);
  if (inner === def.innerType) return schema;
  const filled = node(schema, (payload, context) => {
    if (payload.value !== undefined) return inner._zod.run(payload, context);
    // Run as it is, the schema makes the value it has by default out of nothing.
    return runThen(schema, payload, context, (done) => (done.issues.length > 0 ? done : inner._zod.run(done, context)));
  });
  return withChecks(schema, filled);
}

function hasEncodedTag(schema: Schema): boolean {
  const def = definitionOf(schema);
  if (def.type !== "union" || !("discriminator" in def)) return false;
  const key = String(def.discriminator);
  return def.options.some((option) => {
    const object = definitionOf(modelOf(option));
    return object.type === "object" && definitionOf(object.shape[key] ?? option).type === "pipe";
  });
}

function encodeUnion(schema: Schema, place: Place, visit: Visit): Schema {
  const changed = mapChildren(schema, (child) => visit(child, place));
  if (changed === schema) return schema;
  // A codec may stand where the discriminator is, whose decoded values no table knows; then every option is tried.
  const replace = { checks: [], ...(hasEncodedTag(schema) ? { unionFallback: true } : {}) };
  return withChecks(
    schema,
    mapChildren(changed, (child) => child, replace),
  );
}

function encodeOne(schema: Schema, place: Place, visit: Visit): Schema {
  const def = definitionOf(schema);
  switch (def.type) {
    case "object":
      return encodeObject(schema, place, visit);
    case "pipe":
      return encodePipe(schema, place, visit);
    case "default":
    case "prefault":
      return encodeDefault(schema, place, visit);
    case "catch":
      // What a value falls back to when it is read must not cover up what is wrong with one that is written.
      return withChecks(schema, visit(def.innerType, place));
    case "union":
      return encodeUnion(schema, place, visit);
    case "array":
    case "tuple":
    case "record":
    case "map":
    case "set":
    case "intersection":
    case "optional":
    case "nullable":
    case "readonly":
    case "nonoptional":
    case "promise":
    case "lazy": {
      const changed = mapChildren(schema, (child) => visit(child, place));
      return changed === schema
        ? schema
        : withChecks(
            schema,
            mapChildren(changed, (child) => child, { checks: [] }),
          );
    }
    default:
      return leaf(schema, place);
  }
}

/** One rewriting of a graph, with a memory for each place, since the same schema may stand in several models. */
function makeVisit(): Visit {
  const byBase = new Map<Base | undefined, Map<boolean, (schema: Schema) => Schema>>();
  const visit: Visit = (schema, place) => {
    const byFinal = byBase.get(place.base) ?? new Map<boolean, (schema: Schema) => Schema>();
    byBase.set(place.base, byFinal);
    const rewrite = byFinal.get(place.final) ?? rewriter((of) => encodeOne(of, place, visit));
    byFinal.set(place.final, rewrite);
    return rewrite(schema);
  };
  return visit;
}

/**
 * A schema that runs forward and does what `schema` does backward: it checks a decoded value, drops unknown keys,
 * encodes and gives keys their names on the wire, all in one pass.
 *
 * @returns the schema itself where writing is no more than checking
 */
export function encodingSchema(schema: Schema): Schema {
  if (!reaches(schema, isDirectional)) return schema;
  return makeVisit()(schema, { base: undefined, final: true, quick: false });
}

/**
 * The same for JSON, as far as a value fits: properties that are absent may come out as `undefined`, and of a value that
 * does not fit it only says that.
 *
 * @returns undefined where `encodingSchema` is as quick
 */
export function quickEncodingSchema(schema: Schema): Schema | undefined {
  const renames = reaches(schema, (of) => baseOf(of)?.renames === true);
  return renames ? makeVisit()(schema, { base: undefined, final: true, quick: true }) : undefined;
}

/** The same as `encodingSchema` for a model without its checks, which Zod runs by itself. */
export function encodingBody(model: z.ZodObject): Schema {
  const bare = new z.ZodObject(z.core.util.mergeDefs(model._zod.def, { checks: [], coerce: undefined }));
  return makeVisit()(bare, { base: undefined, final: true, quick: false });
}
