import { z } from "zod";
import { isField } from "./field.ts";
import type { Schema } from "./schema-node.ts";
import { definitionOf, isCodec } from "./schema-walk.ts";

/** What Zod hands to `override`. */
export interface OverrideContext {
  readonly zodSchema: Schema;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

type Io = "input" | "output";

/** What stands on the wire for types that JSON does not have. */
function wireForm(schema: Schema): Readonly<Record<string, unknown>> | undefined {
  const def = definitionOf(schema);
  switch (def.type) {
    case "date":
      return { type: "string", format: "date-time" };
    case "bigint":
      return { type: "string", pattern: "^-?\\d+$" };
    case "literal": {
      if (!def.values.some((value) => typeof value === "bigint")) return undefined;
      return { enum: def.values.map((value) => (typeof value === "bigint" ? String(value) : value)), type: undefined };
    }
    default:
      return undefined;
  }
}

const kept = ["title", "description", "deprecated", "examples", "readOnly", "writeOnly", "id"] as const;

/** Puts another schema in the place of one, with what was said about it by name kept. */
function replaceBy(target: Record<string, unknown>, source: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(target)) if (!kept.some((name) => name === key)) delete target[key];
  for (const [key, value] of Object.entries(source)) {
    if (key === "$schema" || value === undefined) delete target[key];
    else if (!(key in target)) target[key] = value;
  }
}

/**
 * Makes the `override` for `z.toJSONSchema`, with which it describes what stands on the wire: codecs by their wire side
 * in both directions, dates and bigints by the text they are written as. The names of properties need no override.
 *
 * @param io the direction that the document is made for, the same as given to `z.toJSONSchema`
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * const text = z.toJSONSchema(z.object({ id: z.int() }), { io: "output", unrepresentable: "any" });
 * ```
 */
export function jsonSchemaOverride(io: Io): (context: OverrideContext) => void {
  const override = ({ zodSchema, jsonSchema }: OverrideContext): void => {
    // A JSON Schema is an object of keywords; the type of Zod only names the usual ones.
    const target = jsonSchema as Record<string, unknown>;
    const form = wireForm(zodSchema);
    if (form !== undefined) return replaceBy(target, form);
    if (io === "output" && isCodec(zodSchema) && !isField(zodSchema)) {
      // Zod describes what the program gets; what is sent is the other side.
      replaceBy(target, z.toJSONSchema(zodSchema._zod.def.in, { io, unrepresentable: "any", override }));
    }
  };
  return override;
}

/** What z.toJSONSchema() is to be called with to describe the wire. */
export function jsonSchemaOptions(io: Io): {
  io: Io;
  unrepresentable: "any";
  override: (context: OverrideContext) => void;
} {
  return { io, unrepresentable: "any", override: jsonSchemaOverride(io) };
}
