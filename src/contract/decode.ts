import type { z } from "zod";
import type { Outcome } from "./outcome.ts";
import { compileRun } from "./run-schema.ts";
import { wireSchema } from "./wire-schema.ts";

/**
 * Prepares the reading of JSON values: types are strict, unknown keys dropped, aliases and codecs applied.
 *
 * @param schema what the value must be
 * @returns a function from the value on the wire to the decoded one; a promise only where the schema is asynchronous
 */
export function compileDecoder(schema: z.ZodType): (wire: unknown) => Outcome | Promise<Outcome> {
  return compileRun(schema, wireSchema(schema));
}
