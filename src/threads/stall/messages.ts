import type { Part } from "../../logging/context.ts";
import type { LoggingOptions } from "../../logging/logger.ts";
import type { HeapUse } from "./collections.ts";

/*
 * How the main thread and the monitor work together.
 *
 * The main thread *beats*: a timer writes the time into shared memory. When no beat has come for longer than the limit,
 * the monitor *asks*: through the inspector it has the main thread call `takeSample` wherever it happens to be, between
 * two instructions of the code that blocks it. The sample says how long this turn of the loop has lasted, for whom and in
 * which functions. When the loop turns again, the main thread tells the monitor how long it took; the monitor makes the
 * report, which the main thread logs. What has not turned after `stillAfter` the monitor logs itself.
 */

/** One function of a stack, as the engine names it. */
export interface Frame {
  /** Its name; for what has no file, such as `parse` of `JSON`, with its type in front. */
  readonly name: string;
  /** URL or path; undefined for what is built in. */
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  /** True for a function that waits for the one above by `await`. */
  readonly waits: boolean;
}

/** For whom the main thread was running. */
export interface SampledActivity {
  readonly kind: "request" | "task" | "job" | "app";
  readonly name: string | undefined;
  readonly method: string | undefined;
  readonly requestId: string | undefined;
  readonly cleaningUp: boolean;
  readonly part: Part | undefined;
}

/** What the main thread says of itself when asked. */
export interface Sample {
  /** Counts the samples of a process. */
  readonly id: number;
  /** The beat that was the last one, as text: JSON has no such numbers. */
  readonly beat: string;
  /** Milliseconds that this turn has lasted. */
  readonly active: number;
  /** When it was taken, in milliseconds of the clock that all threads share. */
  readonly at: number;
  /** Whether a debugger may be what stops the main thread. */
  readonly debugged: boolean;
  readonly heap: HeapUse;
  /** Bytes of the heap that were in use at the last beat. */
  readonly usedBefore: number;
  /** Whether a line of level `warn` would be written. */
  readonly wanted: boolean;
  readonly activity: SampledActivity | undefined;
  readonly frames: readonly Frame[];
}

/** What the monitor is told at its start. */
export interface MonitorSettings {
  /** See `heartbeat.ts`. */
  readonly shared: SharedArrayBuffer;
  /** Whether at most one report per route and minute is wanted. */
  readonly sparing: boolean;
  /** How the monitor writes lines itself, for a loop that does not turn. */
  readonly logging: MonitorLogging;
}

/** Options of a logger that can be sent to another thread. */
export interface MonitorLogging extends Omit<LoggingOptions, "destination"> {
  readonly production: boolean;
  readonly destination: number | string;
}

/** The loop turns again. */
export interface Turned {
  readonly id: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds of them that went to garbage collection, where that was timed. */
  readonly collecting: number | undefined;
  /** Milliseconds of CPU time that the main thread got. */
  readonly cpu: number;
}

/** What the monitor sends to the main thread. */
export type FromMonitor =
  | {
      readonly kind: "stall";
      readonly id: number;
      readonly stall: Stall;
      readonly line: Line | undefined;
      /** Whether a collection may be behind it, so that the next ones should be timed. */
      readonly suspectsCollection: boolean;
    }
  | { readonly kind: "dropped"; readonly id: number };

/** A stall for the counts. */
export interface Stall {
  /** Milliseconds. */
  readonly duration: number;
  /** The route, task or job. */
  readonly name: string | undefined;
  /** The milliseconds since 1970 at which it ended. */
  readonly endedAt: number;
}

/** A line of the log. */
export interface Line {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
