import { DeadlineExceeded } from "../contract/abort.ts";
import { type Activity, runFor } from "../logging/context.ts";
import type { Logger } from "../logging/logger.ts";

// A timer that is asked for more than it can count fires at once.
const longestTimer = 2 ** 31 - 1;

/** One call that was put off until after a response. */
export interface Task extends Activity {
  readonly kind: "task";
  readonly name: string;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Runs it; the promise resolves to what it failed with, if it failed, and never rejects. */
  start(timeout: number, onOverdue: () => void): Promise<{ readonly error: unknown } | undefined>;
  /** Aborts its signal and forgets its deadline; what it still does is its own. */
  abort(reason: Error): void;
  /** Whether an error only says that the signal has aborted. */
  isAbort(error: unknown): boolean;
}

/** What a task is made from. */
export interface TaskParts {
  readonly name: string;
  readonly run: () => unknown;
  /** The logger of the request: what is bound there shows on the task's lines too. */
  readonly log: Logger;
  readonly requestId: string;
}

export function createTask({ name, run, log, requestId }: TaskParts): Task {
  const aborting = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const task: Task = {
    kind: "task",
    name,
    requestId,
    // A child: what a task binds is on its own lines, and not on those of its siblings.
    log: log.child({ task: name }),
    signal: aborting.signal,
    start: async (timeout, onOverdue) => {
      if (timeout > 0) {
        deadline = setTimeout(
          () => {
            aborting.abort(new DeadlineExceeded(`The background task ${name} took longer than ${timeout} ms`));
            onOverdue();
          },
          Math.min(timeout, longestTimer),
        );
      }
      try {
        // Entered again: the event that ends a response does not carry the context of its request.
        await runFor(task, run);
        return undefined;
      } catch (error) {
        return { error };
      } finally {
        clearTimeout(deadline);
      }
    },
    abort: (reason) => {
      clearTimeout(deadline);
      aborting.abort(reason);
    },
    isAbort: (error) => {
      const { aborted, reason } = aborting.signal;
      if (!aborted || !(error instanceof Error)) return false;
      return error === reason || error.cause === reason || error.name === "AbortError";
    },
  };
  return task;
}
