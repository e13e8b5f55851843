import { z } from "zod";
import { parseContext, toIssues } from "./issues.ts";
import type { Outcome } from "./outcome.ts";
import type { Context, Payload, Schema } from "./schema-node.ts";

function finish(payload: Payload, context: Context): Outcome {
  return payload.issues.length === 0
    ? { ok: true, value: payload.value }
    : { ok: false, issues: toIssues(payload.issues, context) };
}

async function runAsync(schema: Schema, value: unknown): Promise<Outcome> {
  const context = parseContext(true);
  return finish(await schema._zod.run({ value, issues: [] }, context), context);
}

/**
 * Prepares a schema to be run many times: without a promise where nothing in it is asynchronous, and by the code that
 * Zod generates ahead of time where that fits.
 *
 * @param schema run forward
 * @returns a function from a value to what came of it
 */
export function compileRun(schema: Schema): (value: unknown) => Outcome | Promise<Outcome> {
  const fast = z.compile(schema);
  let isAsync = false;
  return (value) => {
    if (isAsync) return runAsync(schema, value);
    const context = parseContext(false);
    try {
      const payload = fast._zod.run({ value, issues: [] }, context);
      if (!(payload instanceof Promise)) return finish(payload, context);
    } catch (error) {
      if (!(error instanceof z.core.$ZodAsyncError)) throw error;
    }
    isAsync = true;
    return runAsync(schema, value);
  };
}
