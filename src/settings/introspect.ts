import type { ZodType } from "zod";
import type { $ZodType } from "zod/v4/core";
import { definitionOf, reaches } from "../contract/schema-walk.ts";
import { Secret } from "../contract/secret.ts";
import { innerOf } from "../contract/text-schema.ts";

/** The schema that meets the raw value first. */
export function innermost(schema: $ZodType): $ZodType {
  let current = schema;
  for (let next = innerOf(current); next !== undefined; next = innerOf(current)) current = next;
  return current;
}

/** True when the setting may be left out: it is optional, or has a default. */
export function mayBeAbsent(schema: $ZodType): boolean {
  if (schema._zod.optin !== undefined) return true;
  const def = definitionOf(innermost(schema));
  switch (def.type) {
    case "any":
    case "unknown":
    case "undefined":
    case "void":
      return true;
    case "union":
      return def.options.some(mayBeAbsent);
    default:
      return false;
  }
}

/**
 * True when the schema gives a {@link Secret}, at any depth: `secret()`, or an own pipe into `z.instanceof(Secret)` or a
 * `z.custom` of the same meaning.
 */
export function givesSecret(schema: $ZodType): boolean {
  return reaches(schema, isSecretType);
}

/** A custom schema says what it takes by a function only, so it is asked: a secret, and not just anything. */
function isSecretType(schema: $ZodType): boolean {
  const def = definitionOf(schema);
  if (def.type !== "custom") return false;
  return takes(def.fn, new Secret("")) && !takes(def.fn, {});
}

function takes(check: (value: unknown) => unknown, value: unknown): boolean {
  try {
    const answer = check(value);
    if (!(answer instanceof Promise)) return Boolean(answer);
    // Nobody waits for it, so its failure must not become an unhandled one.
    answer.catch(() => undefined);
  } catch {
    // A function that cannot bear the value does not expect it.
  }
  return false;
}

/**
 * True when a function in the schema makes a value whose type nobody can see from outside. It may be a secret, so such
 * a setting's messages are treated as if it were.
 */
export function isOpaque(schema: $ZodType): boolean {
  return reaches(schema, (current) => definitionOf(current).type === "transform");
}

/** True when a value that came out of a schema is, or holds, a {@link Secret}. */
export function holdsSecret(value: unknown): boolean {
  if (value instanceof Secret) return true;
  if (typeof value !== "object" || value === null) return false;
  const entries = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
  return entries.some(holdsSecret);
}

/** The text given with `.describe()` or `.meta()`, wherever in the chain it stands. */
export function descriptionOf(schema: ZodType): string | undefined {
  for (let current: $ZodType | undefined = schema; current !== undefined; current = innerOf(current)) {
    // Every schema that users can build is a classic one, which has the `description` getter.
    const { description } = current as ZodType;
    if (description !== undefined) return description;
  }
  return undefined;
}
