import { z } from "zod";
import { parseContext, toIssues } from "./issues.ts";
import type { Outcome } from "./outcome.ts";
import type { Context, Payload, Schema } from "./schema-node.ts";
import { prepareFunctions, promisesReturned } from "./schema-promises.ts";

function finish(payload: Payload, context: Context): Outcome {
  return payload.issues.length === 0
    ? { ok: true, value: payload.value }
    : { ok: false, issues: toIssues(payload.issues, context) };
}

/**
 * A value that holds itself, or one with so many problems that Zod cannot pass them on, overflows the stack. That is the
 * fault of the value; any other error is one of the program.
 */
function overflowed(error: unknown): Outcome {
  if (!(error instanceof RangeError) || !error.message.startsWith("Maximum call stack")) throw error;
  const message = "Holds itself, or has too many levels or problems to be checked";
  return { ok: false, issues: [{ path: [], code: "too_complex", message }] };
}

async function runAsync(schema: Schema, value: unknown): Promise<Outcome> {
  const context = parseContext(true);
  try {
    return finish(await schema._zod.run({ value, issues: [] }, context), context);
  } catch (error) {
    return overflowed(error);
  }
}

/** Runs a schema without waiting for anything, or tells that there was something to wait for. */
function tryNow(schema: Schema, value: unknown): Outcome | undefined {
  const context = parseContext(false);
  const before = promisesReturned();
  try {
    const payload = schema._zod.run({ value, issues: [] }, context);
    if (payload instanceof Promise || promisesReturned() !== before) return undefined;
    return finish(payload, context);
  } catch (error) {
    // Where a promise comes from a codec or transform, Zod trips over it instead of saying so.
    if (error instanceof z.core.$ZodAsyncError || promisesReturned() !== before) return undefined;
    return overflowed(error);
  }
}

/**
 * Prepares a schema to be run many times: without a promise where nothing in it is asynchronous, and by the code that
 * Zod generates ahead of time where that fits, made when the schema is first used.
 *
 * @param source the schema as its author wrote it
 * @param schema what to run forward: the same, or what it was rewritten to
 * @param quick what to try before, if there is anything: what it makes of a value counts, what it says against one does not
 * @returns a function from a value to what came of it
 */
export function compileRun(
  source: Schema,
  schema: Schema = source,
  quick?: Schema,
): (value: unknown) => Outcome | Promise<Outcome> {
  let isAsync = prepareFunctions(source);
  let fast: Schema | undefined;
  return (value) => {
    if (isAsync) return runAsync(schema, value);
    fast ??= z.compile(quick ?? schema);
    let outcome = tryNow(fast, value);
    if (outcome?.ok === false && quick !== undefined) outcome = tryNow(schema, value);
    if (outcome !== undefined) return outcome;
    isAsync = true;
    return runAsync(schema, value);
  };
}
