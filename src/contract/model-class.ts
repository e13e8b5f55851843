import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { type Base, type Based, baseOf } from "./base.ts";
import { encodingBody } from "./encode-schema.ts";
import { type Context, type Payload, runThen, type Schema, type Step } from "./schema-node.ts";
import { definitionOf } from "./schema-walk.ts";
import { innerOf } from "./text-schema.ts";
import { shapeKeys } from "./wire-names.ts";
import { wireSchema } from "./wire-schema.ts";

/** An issue in the making: Zod's own code sets its path too, which the type keeps from others. */
type Issue = z.core.$ZodRawIssue & { path?: PropertyKey[] };

/** The object schema of a model whose names on the wire differ from its keys, or that encodes values of some classes. */
interface ModelDefinition extends z.core.$ZodObjectDef, Based {
  /** Keeps `z.compile` from generating code that knows nothing of the names on the wire. */
  readonly coerce: true;
}

/** The names of one model, both ways. */
interface Names {
  readonly pairs: readonly (readonly [key: string, wire: string])[];
  readonly known: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
}

function namesOf(def: ModelDefinition, base: Base): Names {
  const pairs = shapeKeys(def).map((key) => [key, base.wire(key)] as const);
  const keys = new Set(pairs.map(([key]) => key));
  return { pairs, keys, known: new Set([...pairs.map(([, wire]) => wire), ...(base.acceptBoth ? keys : [])]) };
}

type Shape = Readonly<Record<string, Schema>>;

const wireShapes = new WeakMap<Base, WeakMap<Shape, Shape>>();

/** The properties of a model, ready for the wire; made once, so that copies of a model share them as Zod's objects do. */
function wireShape(shape: Shape, base: Base): Shape {
  const known = wireShapes.get(base) ?? new WeakMap<Shape, Shape>();
  wireShapes.set(base, known);
  const made =
    known.get(shape) ??
    Object.fromEntries(Object.entries(shape).map(([key, of]) => [key, wireSchema(of, base, adopt)]));
  known.set(shape, made);
  return made;
}

/** The model as an object without names and checks: what is inside of it, ready for the wire. */
function bodyOf(inst: z.ZodObject, base: Base): Schema {
  const def = inst._zod.def;
  const catchall = def.catchall === undefined || definitionOf(def.catchall).type === "never" ? undefined : def.catchall;
  const shape = wireShape(def.shape, base);
  return z.compile(new z.ZodObject({ type: "object", shape, ...(catchall ? { catchall } : {}) }));
}

const adopted = new WeakMap<Base, WeakMap<Schema, Schema>>();

/** An object without a name inside of a model: it follows the base of the model. */
function adopt(object: z.core.$ZodObject, base: Base): Schema {
  const known = adopted.get(base) ?? new WeakMap<Schema, Schema>();
  adopted.set(base, known);
  // The same object gives the same model, so that one that holds itself is adopted once.
  const model =
    known.get(object) ?? new ModelClass(z.core.util.mergeDefs(object._zod.def, { kiln: base, coerce: true }));
  known.set(object, model);
  return model;
}

function conflict(key: string, wire: string, input: unknown): Issue {
  const message = `Is given twice with different values, as ${JSON.stringify(wire)} and as ${JSON.stringify(key)}`;
  // `kilnCode` is Kiln's own: Zod hands members that it does not know through to the finished issue.
  return { code: "custom", path: [key], message, input, kilnCode: "conflict" } as Issue;
}

/** The input under the model's own keys; what is on the wire under a key itself counts only where both are accepted. */
function toKeys(input: Record<string, unknown>, names: Names, base: Base, issues: Issue[]): Record<string, unknown> {
  const renamed: Record<string, unknown> = {};
  for (const [key, wire] of names.pairs) {
    if (Object.hasOwn(input, wire)) renamed[key] = input[wire];
    if (!base.acceptBoth || key === wire || !Object.hasOwn(input, key)) continue;
    if (!Object.hasOwn(renamed, key)) renamed[key] = input[key];
    else if (!isDeepStrictEqual(renamed[key], input[key])) issues.push(conflict(key, wire, input));
  }
  return renamed;
}

/** What the model does with keys that it does not know: drops them, refuses them, or takes them as its catchall says. */
function unknownKeys(
  inst: z.ZodObject,
  input: Record<string, unknown>,
  names: Names,
  renamed: Record<string, unknown>,
  issues: Issue[],
): void {
  const catchall = inst._zod.def.catchall;
  if (catchall === undefined) return;
  const unknown = Object.keys(input).filter((key) => !names.known.has(key));
  if (definitionOf(catchall).type === "never") {
    if (unknown.length > 0) issues.push({ code: "unrecognized_keys", keys: unknown, input, inst, continue: true });
    return;
  }
  for (const key of unknown) if (key !== "__proto__" && !names.keys.has(key)) renamed[key] = input[key];
}

function forward(inst: z.ZodObject, base: Base): Step {
  const names = namesOf(inst._zod.def as ModelDefinition, base);
  const wireOf = new Map(names.pairs);
  const body = bodyOf(inst, base);
  return (payload, context) => {
    // Checked by the caller, who leaves everything else to Zod.
    const input = payload.value as Record<string, unknown>;
    const own: Issue[] = [];
    const renamed = toKeys(input, names, base, own);
    unknownKeys(inst, input, names, renamed, own);
    return runThen(body, { value: renamed, issues: own }, context, (done) => {
      payload.value = done.value;
      for (const issue of done.issues as Issue[]) payload.issues.push(renameFirst(issue, wireOf));
      return payload;
    });
  };
}

function renameFirst(issue: Issue, wireOf: ReadonlyMap<string, string>): Issue {
  const [first, ...rest] = issue.path ?? [];
  const wire = typeof first === "string" ? wireOf.get(first) : undefined;
  if (wire !== undefined) issue.path = [wire, ...rest];
  return issue;
}

/** The schema one step down a path. */
function stepInto(schema: Schema, step: PropertyKey): Schema | undefined {
  const def = definitionOf(schema);
  switch (def.type) {
    case "object":
      return def.shape[String(step)];
    case "array":
      return def.element;
    case "record":
      return def.valueType;
    default: {
      const inner = innerOf(schema);
      return inner === undefined ? undefined : stepInto(inner, step);
    }
  }
}

/** The model that a schema is, behind optionality and the like. */
function holderOf(schema: Schema | undefined): Schema | undefined {
  if (schema === undefined || definitionOf(schema).type === "object") return schema;
  const inner = innerOf(schema);
  return inner === undefined ? schema : holderOf(inner);
}

/** A path of keys, as a refinement gives it, in the names on the wire. */
function toWirePath(schema: Schema, path: readonly PropertyKey[]): PropertyKey[] {
  const renamed: PropertyKey[] = [];
  let at: Schema | undefined = schema;
  let base: Base | undefined;
  for (const step of path) {
    const holder = holderOf(at);
    const isObject = holder !== undefined && definitionOf(holder).type === "object";
    if (isObject) base = baseOf(holder) ?? base;
    renamed.push(isObject && typeof step === "string" ? (base?.wire(step) ?? step) : step);
    at = at === undefined ? undefined : stepInto(at, step);
  }
  return renamed;
}

/** Renames the paths of issues that the model's own checks raised: they speak of keys. */
function renameChecks(inst: z.ZodObject, payload: Payload): Payload {
  for (const issue of payload.issues as Issue[]) {
    // Zod notes on each issue of a check to which schema the check belongs.
    if (issue.schema === inst && issue.path !== undefined) issue.path = toWirePath(inst, issue.path);
  }
  return payload;
}

function install(inst: z.ZodObject, base: Base): void {
  const zod = inst._zod;
  const { parse, run } = zod;
  let decode: Step | undefined;
  let encode: Schema | undefined;
  const step: Step = (payload, context: Context) => {
    if (!z.core.util.isObject(payload.value)) return parse(payload, context);
    if (context.direction === "backward") {
      encode ??= encodingBody(inst);
      return encode._zod.run(payload, { ...context, direction: "forward" });
    }
    decode ??= forward(inst, base);
    return decode(payload, context);
  };
  zod.parse = step;
  zod.run =
    run === parse
      ? step
      : (payload, context) => {
          const done = run(payload, context);
          return done instanceof Promise ? done.then((after) => renameChecks(inst, after)) : renameChecks(inst, done);
        };
}

/** Names the properties of a JSON Schema as the wire does. */
function installJsonSchema(inst: z.ZodObject, base: Base): void {
  inst._zod.processJSONSchema = (context, json, params) => {
    const def = inst._zod.def;
    const own = Object.entries(wireShape(def.shape, base));
    const shape = Object.fromEntries(own.map(([key, of]) => [base.wire(key), of]));
    const plain = new z.ZodObject(z.core.util.mergeDefs(def, { shape, checks: [], kiln: undefined }));
    plain._zod.processJSONSchema?.(context, json, params);
  };
}

/** The class of models that rename or encode; a plain `z.ZodObject` does for all others. */
export const ModelClass: z.core.$constructor<z.ZodObject, ModelDefinition> = z.core.$constructor(
  "KilnModel",
  (inst, def) => {
    z.ZodObject.init(inst, def);
    const base = def.kiln;
    if (base === undefined) return;
    installJsonSchema(inst, base);
    // Zod settles `run` in steps of its own that it defers; this one comes after them.
    inst._zod.deferred ??= [];
    inst._zod.deferred.push(() => install(inst, base));
  },
);
