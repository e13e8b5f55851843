import type { Runtime } from "node:inspector";
import { Session } from "node:inspector/promises";
import type { Sample } from "./messages.ts";

/** What the main thread evaluates; `sampler.ts` has put the function there. */
const expression = 'globalThis[Symbol.for("kilnjs.stall")]?.()';

/**
 * Has the main thread take a sample, wherever it is. The inspector lets code that runs be interrupted between two
 * instructions; native code, such as a synchronous read, once it has returned.
 *
 * Evaluated, not paused: a pause needs the debugger, which tells of every script first (18 to 110 ms of the main thread's
 * time, where this takes 1 ms), disturbs one that is attached, and would hang the app if this thread ended meanwhile.
 *
 * @returns the sample; undefined when the main thread has nothing to take one with
 */
export async function ask(): Promise<Sample | undefined> {
  const session = new Session();
  session.connectToMainThread();
  try {
    const options = { expression, silent: true, returnByValue: true, disableBreaks: true };
    // The types know neither the last option nor, therefore, what is answered.
    const answer: unknown = await session.post("Runtime.evaluate", options);
    const { result } = answer as Runtime.EvaluateReturnType;
    // The function returns a sample as JSON, and nothing else stands under its name.
    return typeof result.value === "string" ? (JSON.parse(result.value) as Sample) : undefined;
  } finally {
    // A session that stays open would be waited for when the process ends.
    session.disconnect();
  }
}
