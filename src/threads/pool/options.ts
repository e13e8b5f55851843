import { availableParallelism } from "node:os";
import { KilnError } from "../../errors/kiln-error.ts";

/** The threads in which `blocking()` functions run; one pool serves the whole process. */
export interface ThreadOptions {
  /** How many threads there are at most. Default: the cores less one for the event loop, at least 1. */
  readonly size?: number;
  /** How many calls may wait for a thread; what is more is answered with a 503. Default: 64 for each thread. */
  readonly queue?: number;
  /** Megabytes of JavaScript objects that one thread may hold; buffers do not count. Default 512. */
  readonly heapLimit?: number;
  /** Milliseconds after which a thread ends that has nothing to do. Default 30,000. */
  readonly idleTimeout?: number;
  /** Starts all threads, with the modules of all `blocking()` functions, before the app is ready. Default false. */
  readonly warm?: boolean;
}

/** All of them, checked. */
export type CheckedThreadOptions = Readonly<Required<ThreadOptions>>;

const lowest = { size: 1, queue: 0, heapLimit: 16, idleTimeout: 0 };

function wrong(name: keyof typeof lowest, value: unknown): KilnError {
  return new KilnError("KILN_THREADS_OPTIONS", {
    where: "kiln({ threads })",
    what: `${name}: ${String(value)}`,
    why: `is no whole number of at least ${lowest[name]}`,
    fix: "Give such a number, or leave it out for the default",
  });
}

/**
 * Fills in the defaults.
 *
 * @throws KilnError KILN_THREADS_OPTIONS
 */
export function checkedThreadOptions(options: ThreadOptions = {}): CheckedThreadOptions {
  const size = options.size ?? Math.max(1, availableParallelism() - 1);
  const { queue = size * 64, heapLimit = 512, idleTimeout = 30_000, warm = false } = options;
  const numbers = { size, queue, heapLimit, idleTimeout };
  for (const name of ["size", "queue", "heapLimit", "idleTimeout"] as const) {
    const value = numbers[name];
    const endless = name === "queue" || name === "idleTimeout" ? value === Number.POSITIVE_INFINITY : false;
    if (!endless && !(Number.isInteger(value) && value >= lowest[name])) throw wrong(name, value);
  }
  return { ...numbers, warm };
}
