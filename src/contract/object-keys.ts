import type { z } from "zod";
import { baseOf } from "./base.ts";
import type { Schema } from "./schema-node.ts";
import { definitionOf } from "./schema-walk.ts";
import { innerOf, takesList } from "./text-schema.ts";

/** One property of an object schema, as something that is read from a query, from headers or from cookies. */
export interface ObjectKey {
  readonly key: string;
  /** The name on the wire. */
  readonly wire: string;
  /** Whether it takes several values. */
  readonly list: boolean;
  readonly schema: z.ZodType;
  readonly required: boolean;
}

/** The object schemas behind optionality, defaults, refinements, unions and intersections. */
export function objectsIn(schema: Schema): readonly z.core.$ZodObject[] {
  const def = definitionOf(schema);
  // Kind "object" is what a $ZodObject is.
  if (def.type === "object") return [schema as z.core.$ZodObject];
  if (def.type === "intersection") return [...objectsIn(def.left), ...objectsIn(def.right)];
  if (def.type === "union") {
    const options = def.options.map(objectsIn);
    return options.every((objects) => objects.length > 0) ? options.flat() : [];
  }
  const inner = innerOf(schema);
  return inner === undefined ? [] : objectsIn(inner);
}

/** Whether a schema reads a whole object, so that its properties are inputs of their own. */
export function isObjectSchema(schema: z.ZodType): boolean {
  return objectsIn(schema).length > 0;
}

/** Whether every value of the schema has the property: not where only one form of a union does. */
function isRequired(schema: Schema, key: string): boolean {
  const def = definitionOf(schema);
  if (def.type === "object") {
    const of = def.shape[key];
    return of !== undefined && of._zod.optin === undefined;
  }
  if (def.type === "intersection") return isRequired(def.left, key) || isRequired(def.right, key);
  if (def.type === "union") return def.options.every((option) => isRequired(option, key));
  if (schema._zod.optin !== undefined) return false;
  const inner = innerOf(schema);
  return inner !== undefined && isRequired(inner, key);
}

/**
 * The properties that an object schema reads.
 *
 * @param schema an object schema, see {@link isObjectSchema}; anything else has no keys
 */
export function objectKeys(schema: z.ZodType): readonly ObjectKey[] {
  const keys = new Map<string, ObjectKey>();
  for (const object of objectsIn(schema)) {
    const wire = (baseOf(object) ?? { wire: (key: string): string => key }).wire;
    for (const [key, of] of Object.entries(object._zod.def.shape)) {
      const known = keys.get(key);
      keys.set(key, {
        key,
        wire: wire(key),
        list: takesList(of) || known?.list === true,
        // The members of a shape are whole schemas, whatever Zod's core types say of them.
        schema: known?.schema ?? (of as z.ZodType),
        required: isRequired(schema, key),
      });
    }
  }
  return [...keys.values()];
}
