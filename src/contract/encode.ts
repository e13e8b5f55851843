import type { z } from "zod";
import { encodingSchema } from "./encode-schema.ts";
import type { Outcome, SchemaIssue } from "./outcome.ts";
import { whenDone } from "./outcome.ts";
import { compileRun } from "./run-schema.ts";

/** JSON text, or why the value does not fit. */
export type Encoded =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

function toText(outcome: Outcome): Encoded {
  if (!outcome.ok) return outcome;
  return { ok: true, text: JSON.stringify(outcome.value) ?? "null" };
}

export function compileEncoder(schema: z.ZodType): (value: unknown) => Encoded | Promise<Encoded> {
  const run = compileRun(encodingSchema(schema));
  return (value) => whenDone(run(value), toText);
}
