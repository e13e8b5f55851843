import type { Call } from "./call.ts";
import { addCallerStack, returnedError } from "./error-return.ts";
import type { Outcome } from "./messages.ts";
import { raise } from "./thread-signal.ts";

function end(call: Call): void {
  call.state = "ended";
  call.args = undefined;
  call.moved = [];
  call.release?.();
}

/** Ends a call with an error of this thread. */
export function failCall(call: Call, error: unknown): void {
  if (call.state === "ended") return;
  end(call);
  call.reject(error);
}

/** Ends a call with what its thread says. */
export function endCall(call: Call, outcome: Outcome): void {
  const { figures, errors } = call.definition;
  end(call);
  figures.runs += 1;
  if ("value" in outcome) return call.resolve(outcome.value);
  figures.failures += 1;
  if (outcome.aborted) return call.reject(call.stopped?.reason);
  const error = returnedError(outcome.error, errors);
  addCallerStack(error, call.origin.stack ?? "");
  call.reject(error);
}

/** Tells a function that takes the signal that its call is no longer wanted. */
export function tellStopped(call: Call, reason: unknown): void {
  call.stopped ??= { reason };
  if (call.flag !== undefined) raise(call.flag);
}
