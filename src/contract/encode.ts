import type { z } from "zod";
import { encodingSchema, quickEncodingSchema } from "./encode-schema.ts";
import { type Outcome, type SchemaIssue, whenDone } from "./outcome.ts";
import { compileRun } from "./run-schema.ts";

/** JSON text, or why the value does not fit. The paths are those of the value, as the program names its keys. */
export type Encoded =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

function toText(outcome: Outcome): Encoded {
  if (!outcome.ok) return outcome;
  try {
    // Nothing at all, where the schema allows that, has no text of its own in JSON.
    return { ok: true, text: JSON.stringify(outcome.value) ?? "null" };
  } catch (error) {
    // A circle or a bigint inside of something that the schema does not look into, such as `z.unknown()`.
    if (!(error instanceof TypeError)) throw error;
    return { ok: false, issues: [{ path: [], code: "not_json", message: error.message }] };
  }
}

const encoders = new WeakMap<z.ZodType, (value: unknown) => Encoded | Promise<Encoded>>();

/**
 * Prepares the writing of values: each is checked, stripped of unknown keys, encoded by codecs and base model, and given
 * the names on the wire in one pass, then written as JSON.
 *
 * @param schema what the value must be, as the program has it; see `assertEncodable`
 * @returns a function from the value to JSON text; a promise only where the schema is asynchronous. Routes that return the
 *   same schema share it, and with it the code that is compiled for it
 */
export function compileEncoder(schema: z.ZodType): (value: unknown) => Encoded | Promise<Encoded> {
  const known = encoders.get(schema) ?? makeEncoder(schema);
  encoders.set(schema, known);
  return known;
}

function makeEncoder(schema: z.ZodType): (value: unknown) => Encoded | Promise<Encoded> {
  const run = compileRun(schema, encodingSchema(schema), quickEncodingSchema(schema));
  return (value) => whenDone(run(value), toText);
}
