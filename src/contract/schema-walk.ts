import { z } from "zod";
import type { Schema } from "./schema-node.ts";

/** The definition of a schema as one of Zod's kinds, told apart by `type`. */
export type Definition = z.core.$ZodTypes["_zod"]["def"];

/** Reads a schema's definition. */
export function definitionOf(schema: Schema): Definition {
  // Every schema is one of Zod's kinds; a kind of somebody else's lands in the `default` of each switch below.
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schema behind a `z.lazy()`. */
export function lazyTarget(schema: Schema): Schema {
  // Only called for kind "lazy", whose internals hold the schema it resolves to.
  return (schema as z.core.$ZodLazy)._zod.innerType;
}

/** Whether a pipe is a codec, with a way back. */
export function isCodec(schema: Schema): schema is z.core.$ZodCodec {
  return schema._zod.traits.has("$ZodCodec");
}

/** Whether a number schema, or a check on one, lets only integers through. */
export function isInteger(schema: Schema | z.core.$ZodCheck | undefined): boolean {
  // Number formats and the definitions that hold them have these members; others have none.
  const def = schema?._zod.def as
    | { readonly format?: unknown; readonly checks?: readonly z.core.$ZodCheck[] }
    | undefined;
  if (typeof def?.format === "string" && /^(?:safe|u?)int/.test(def.format)) return true;
  return def?.checks?.some((check) => isInteger(check)) ?? false;
}

/** A child of a schema and the step of the path that leads to it, where there is one. */
export interface Child {
  readonly schema: Schema;
  readonly step: string | undefined;
}

function child(schema: Schema | null | undefined, step?: string): Child[] {
  return schema ? [{ schema, step }] : [];
}

/** Every schema that a schema is made of. */
export function childrenOf(schema: Schema): readonly Child[] {
  const def = definitionOf(schema);
  switch (def.type) {
    case "object":
      return [
        ...Object.entries(def.shape).map(([step, of]): Child => ({ schema: of, step })),
        ...child(def.catchall, "*"),
      ];
    case "array":
      return child(def.element, "[]");
    case "tuple":
      return [...def.items.map((of, index): Child => ({ schema: of, step: String(index) })), ...child(def.rest, "[]")];
    case "record":
    case "map":
      return [...child(def.keyType), ...child(def.valueType, "*")];
    case "set":
      return child(def.valueType, "[]");
    case "union":
      return def.options.flatMap((option) => child(option));
    case "intersection":
      return [...child(def.left), ...child(def.right)];
    case "pipe":
      return [...child(def.in), ...child(def.out)];
    case "lazy":
      return child(lazyTarget(schema));
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
    case "nonoptional":
    case "promise":
    case "success":
      return child(def.innerType);
    default:
      return [];
  }
}

/**
 * Whether a schema or anything below it passes a test.
 *
 * @param schema where to begin
 * @param test asked of every schema once
 * @param below which children to look at; all of them unless given
 */
export function reaches(
  schema: Schema,
  test: (schema: Schema) => boolean,
  below: (schema: Schema) => readonly Schema[] = (of) => childrenOf(of).map((item) => item.schema),
): boolean {
  const seen = new Set<Schema>([schema]);
  // The set grows while it is walked, which visits recursive schemas once.
  for (const next of seen) {
    if (test(next)) return true;
    for (const of of below(next)) seen.add(of);
  }
  return false;
}

function mapShape(shape: z.core.$ZodShape, change: (schema: Schema) => Schema): z.core.$ZodShape {
  const mapped: Record<string, Schema> = {};
  for (const [key, of] of Object.entries(shape)) mapped[key] = change(of);
  return mapped;
}

function sameMembers(left: object, right: object): boolean {
  return Object.entries(left).every(([key, value]) => (right as Record<string, unknown>)[key] === value);
}

/** What of a schema stands on the wire, changed; the definition's members to replace. */
function changedMembers(schema: Schema, change: (schema: Schema) => Schema): Record<string, unknown> {
  const def = definitionOf(schema);
  switch (def.type) {
    case "object": {
      const shape = mapShape(def.shape, change);
      return {
        ...(sameMembers(def.shape, shape) ? {} : { shape }),
        ...(def.catchall ? { catchall: change(def.catchall) } : {}),
      };
    }
    case "array":
      return { element: change(def.element) };
    case "tuple": {
      const items = def.items.map(change);
      return { ...(sameMembers(def.items, items) ? {} : { items }), ...(def.rest ? { rest: change(def.rest) } : {}) };
    }
    case "record":
    case "map":
      return { keyType: change(def.keyType), valueType: change(def.valueType) };
    case "set":
      return { valueType: change(def.valueType) };
    case "union": {
      const options = def.options.map(change);
      return sameMembers(def.options, options) ? {} : { options };
    }
    case "intersection":
      return { left: change(def.left), right: change(def.right) };
    case "pipe":
      // What a codec makes of the wire value is none of the wire's business; the exception cleans up before it reads.
      return schema._zod.traits.has("$ZodPreprocess") ? { out: change(def.out) } : { in: change(def.in) };
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
    case "nonoptional":
    case "promise":
    case "success":
      return { innerType: change(def.innerType) };
    default:
      return {};
  }
}

/**
 * A schema whose wire-side children are changed.
 *
 * @param schema the schema; it stays as it is
 * @param change what becomes of each child
 * @param replace further members of the definition to set, which make a copy even where no child changed
 * @returns the same schema where nothing changed
 */
export function mapChildren(
  schema: Schema,
  change: (schema: Schema) => Schema,
  replace: Readonly<Record<string, unknown>> = {},
): Schema {
  const def = definitionOf(schema);
  if (def.type === "lazy") return change(lazyTarget(schema));
  const members = changedMembers(schema, change);
  const unchanged = sameMembers(members, def) && Object.keys(replace).length === 0;
  return unchanged ? schema : z.core.clone(schema, z.core.util.mergeDefs(def, members, replace));
}

/**
 * Makes a function that rewrites whole schemas, recursive ones too.
 *
 * @param rewrite what becomes of one schema; it calls `below` for those that the schema is made of
 */
export function rewriter(
  rewrite: (schema: Schema, below: (schema: Schema) => Schema) => Schema,
): (schema: Schema) => Schema {
  const done = new Map<Schema, Schema | undefined>();
  const visit = (schema: Schema): Schema => {
    if (done.has(schema)) return done.get(schema) ?? z.lazy(() => done.get(schema) ?? schema);
    done.set(schema, undefined);
    const result = rewrite(schema, visit);
    done.set(schema, result);
    return result;
  };
  return visit;
}
