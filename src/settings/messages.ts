import { type ZodType, z } from "zod";
import type { $ZodType } from "zod/v4/core";
import type { SchemaIssue } from "../contract/outcome.ts";
import { innermost } from "./introspect.ts";
import { mask } from "./show.ts";

/**
 * What the schema says, as a clause.
 *
 * @param issue what is wrong
 * @param hidden texts that must not occur in the answer
 */
export function plainMessage(
  { path, message }: Pick<SchemaIssue, "path" | "message">,
  hidden: readonly string[],
): string {
  const at = path.length === 0 ? "" : ` (at ${path.join(".")})`;
  // Longest first, so that a text inside another leaves no remains of it.
  const ordered = [...hidden].sort((a, b) => b.length - a.length);
  const shown = ordered.reduce((text, secret) => text.replaceAll(secret, mask), message + at);
  return shown.replace(/\.$/, "").replace(/^(Must|Is|Has|Does|Fits) /, (word) => word.toLowerCase());
}

/**
 * What may be said of a secret: a clause made from the code and the schema alone. The schema's own words may quote the
 * value, because whoever writes a check with a message can put anything into it.
 */
export function secretMessage(code: string, schema: ZodType): string {
  const { minimum, maximum } = lengthsOf(innermost(schema));
  switch (code) {
    case "too_small":
      return minimum === undefined ? "is too short" : `is too short: it must have at least ${minimum} characters`;
    case "too_big":
      return maximum === undefined ? "is too long" : `is too long: it may have at most ${maximum} characters`;
    case "invalid_type":
      return "is of the wrong type";
    case "invalid_format":
      return "has the wrong format";
    case "invalid_json":
      return "is not valid JSON";
    default:
      return "does not pass the check of its schema";
  }
}

function lengthsOf(schema: $ZodType): { readonly minimum?: number; readonly maximum?: number } {
  if (!(schema instanceof z.ZodString)) return {};
  const { minLength, maxLength } = schema;
  return {
    ...(minLength === null ? {} : { minimum: minLength }),
    ...(maxLength === null ? {} : { maximum: maxLength }),
  };
}
