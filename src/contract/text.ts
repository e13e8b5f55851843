import type { z } from "zod";
import type { Outcome, SchemaIssue } from "./outcome.ts";
import { compileRun } from "./run-schema.ts";
import { type ListStyle, takesList, textSchema } from "./text-schema.ts";

/** A value as it came: one text, several of the same name, or nothing. */
export type RawText = string | readonly string[] | undefined;

/** The issue of a value that came several times where one is wanted: which of them counts must never be a guess. */
export function repeated(name: string): Outcome {
  return { ok: false, issues: [{ path: [name], code: "repeated", message: "Is given more than once" }] };
}

/** One text of a list that has one. */
export function single(raw: RawText): RawText {
  return typeof raw !== "string" && raw?.length === 1 ? raw[0] : raw;
}

function under(name: string, outcome: Outcome): Outcome {
  if (outcome.ok) return outcome;
  return { ok: false, issues: outcome.issues.map((issue): SchemaIssue => ({ ...issue, path: [name, ...issue.path] })) };
}

/**
 * Prepares the reading of one named value that comes as text.
 *
 * @param schema what the value must be
 * @param options `name` on the wire, which begins the path of each issue; `list`: whether several values come as
 *   repeated names ("repeat") or in one text with commas ("single")
 * @throws KilnError KILN_MODEL_NOT_TEXT when no text can be read as the schema
 */
export function compileTextReader(
  schema: z.ZodType,
  options: { readonly name: string; readonly list: ListStyle },
): (raw: RawText) => Outcome | Promise<Outcome> {
  const run = compileRun(schema, textSchema(schema, options.list, `the input \`${options.name}\``));
  const { name } = options;
  const list = takesList(schema);
  return (raw) => {
    const value = list && options.list === "repeat" ? raw : single(raw);
    if (!list && Array.isArray(value)) return repeated(options.name);
    const outcome = run(value);
    return outcome instanceof Promise ? outcome.then((settled) => under(name, settled)) : under(name, outcome);
  };
}
