import { types } from "node:util";
import type { z } from "zod";
import type { Schema } from "./schema-node.ts";
import { reaches } from "./schema-walk.ts";

type UserFunction = (this: unknown, ...parameters: unknown[]) => unknown;

let returned = 0;
const watched = new WeakSet<object>();

/** How many promises the functions of schemas have returned so far. */
export function promisesReturned(): number {
  return returned;
}

function ignore(): void {}

/**
 * Zod calls a function synchronously to find out that it returns a promise, and then drops the promise: a rejection
 * would be nobody's and end the process. The function runs again where its promise is waited for.
 */
function watch(of: UserFunction): UserFunction {
  const watching: UserFunction = function (...parameters) {
    const result = of.apply(this, parameters);
    if (result instanceof Promise) {
      returned += 1;
      result.catch(ignore);
    }
    return result;
  };
  watched.add(watching);
  return watching;
}

/** Watches one function of a definition, and tells whether it was declared `async`. */
function watchMember(holder: Record<string, unknown>, key: string): boolean {
  const of = holder[key];
  if (typeof of !== "function" || watched.has(of)) return false;
  if (types.isAsyncFunction(of)) return true;
  // What stands under these keys is called by Zod and by nobody else.
  holder[key] = watch(of as UserFunction);
  return false;
}

/** The places where a schema or a check keeps functions of its author. */
function watchAll(of: Schema | z.core.$ZodCheck): boolean {
  // Read as a record, because only some kinds of schemas have the members that are looked for.
  const def = of._zod.def as unknown as Record<string, unknown>;
  const found = ["fn", "transform", "reverseTransform", "tx"].map((key) => watchMember(def, key));
  if ("check" in of._zod) found.push(watchMember(of._zod as unknown as Record<string, unknown>, "check"));
  return found.includes(true);
}

/**
 * Prepares the functions of a schema, its refinements and transforms, for being tried without waiting for them.
 *
 * @param schema the schema, as its author wrote it
 * @returns whether one of them is declared `async`, so that there is nothing to try
 */
export function prepareFunctions(schema: Schema): boolean {
  let isAsync = false;
  reaches(schema, (of) => {
    for (const part of [of, ...(of._zod.def.checks ?? [])]) isAsync = watchAll(part) || isAsync;
    return false;
  });
  return isAsync;
}
