import type { Logger } from "../../logging/logger.ts";
import type { BlockingDefinition } from "./definition.ts";
import { flatCopy, isFlat } from "./flat.ts";

/**
 * One call of a `blocking()` function. It waits in the queue, runs in a thread, and ends. A running one that is stopped ends
 * at once, and its thread with it; one whose function takes the signal goes on until the function ends.
 */
export interface Call {
  readonly id: number;
  readonly definition: BlockingDefinition;
  args: readonly unknown[];
  /** Buffers in the arguments that move. */
  moved: readonly ArrayBuffer[];
  /** Whether a clean-up makes it, which must not wait for what it cleans up after. */
  readonly cleaningUp: boolean;
  /** Whether it was made for a request, task or job, and not by a script of its own. */
  readonly owned: boolean;
  /** The logger of the caller. */
  readonly log: Logger;
  /** The stack of the caller, formatted only when it is read. */
  readonly origin: { readonly stack?: string };
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly madeAt: number;
  /** The thread that has it. */
  thread: { readonly id: number } | undefined;
  /** Shared with the thread: 1 when the call is no longer wanted. */
  readonly flag: Int32Array | undefined;
  /** Set when it is no longer wanted, with what its caller gets for a reason. */
  stopped: { readonly reason: unknown } | undefined;
  /** Stops listening to the signals. */
  release: (() => void) | undefined;
  /** Log lines that have come from the thread. */
  lines: number;
  /** Told of every line, while the result waits for the last ones. */
  onLine: (() => void) | undefined;
}

/** Copies the arguments of a call that has to wait: what its caller does to them meanwhile is not what it called with. */
export function keepArguments(call: Call): void {
  if (call.args.every(isFlat)) {
    call.args = call.args.map(flatCopy);
    return;
  }
  const transfer = [...call.moved];
  // The list of the buffers goes along, so that the copy tells which of its buffers are to move on.
  [call.args, call.moved] = structuredClone([call.args, transfer] as const, { transfer });
}

/** What a thrown value says of why something could not be cloned, if that is what it says. */
export function cloneFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "DataCloneError") return error.message;
  // One that ended a thread has lost its name and its message on the way; its stack still begins with them.
  return /^DataCloneError: (.*)/.exec(String(error.stack))?.[1];
}
