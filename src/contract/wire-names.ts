import { z } from "zod";
import { KilnError } from "../errors/kiln-error.ts";
import type { Base } from "./base.ts";

/** `createdAt` and `userID` become `created_at` and `user_id`. */
function snakeCase(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

/** `created_at` becomes `createdAt`; an underscore in front stays. */
function camelCase(key: string): string {
  return key.replace(/(?<=[A-Za-z0-9])_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The ways to name keys on the wire that have a name themselves. */
export const wireCases: Readonly<Record<"camel" | "snake", (key: string) => string>> = {
  camel: camelCase,
  snake: snakeCase,
};

/** The keys of an object schema without resolving the getters of a recursive one. */
export function shapeKeys(def: z.core.$ZodObjectDef): string[] {
  return Object.keys(z.core.util.rawShape(def) ?? def.shape);
}

/**
 * Checks that a base gives each key of a model a wire name of its own.
 *
 * @throws KilnError KILN_MODEL_WIRE_NAME when two keys share one, or a name is empty or `__proto__`
 */
export function checkWireNames(base: Base, keys: readonly string[], where: string): void {
  const taken = new Map<string, string>();
  for (const key of keys) {
    const wire: unknown = base.wire(key);
    if (typeof wire !== "string" || wire === "" || wire === "__proto__") {
      throw wireNameError(where, key, `would be named ${JSON.stringify(wire)} on the wire, which is not allowed`);
    }
    const other = taken.get(wire);
    if (other !== undefined)
      throw wireNameError(where, key, `would be named \`${wire}\` on the wire, as \`${other}\` is`);
    taken.set(wire, key);
  }
}

function wireNameError(where: string, what: string, why: string): KilnError {
  return new KilnError("KILN_MODEL_WIRE_NAME", {
    where,
    what,
    why,
    fix: "Rename the key, or change the `wireCase` of the base model",
  });
}
