import type { Call } from "./call.ts";
import { addCallerStack, returnedError } from "./error-return.ts";
import type { Outcome } from "./messages.ts";
import { raise } from "./thread-signal.ts";

/** Ends a call with an error of this thread; the first end is the one that counts. */
export function failCall(call: Call, error: unknown): void {
  call.release?.();
  call.reject(error);
}

/** Ends a call with what its thread says. */
export function endCall(call: Call, outcome: Outcome): void {
  const { figures, errors } = call.definition;
  call.release?.();
  figures.runs += 1;
  if ("value" in outcome) return call.resolve(outcome.value);
  figures.failures += 1;
  if (outcome.aborted) return call.reject(call.stopped?.reason);
  const error = returnedError(outcome.error, errors);
  addCallerStack(error, call.origin.stack ?? "");
  call.reject(error);
}

/** Tells a function that takes the signal that its call is no longer wanted. */
export function tellStopped(call: Call, flag: Int32Array, reason: unknown): void {
  call.stopped ??= { reason };
  raise(flag);
}
