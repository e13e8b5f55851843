import type { LineLevel } from "../../logging/logger.ts";
import type { DescribedError } from "./error-description.ts";

/** A call, as it goes to a thread. */
export interface CallMessage {
  readonly id: number;
  /** The module to import. */
  readonly url: string;
  /** The function to find in it. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** The lowest level that the caller's logger writes, as pino counts levels. */
  readonly level: number;
  /** Becomes 1 when the call is no longer wanted; only functions that take the signal have one. */
  readonly flag: Int32Array | undefined;
}

/** Asks a thread to import these modules, so that the first call need not. */
export interface WarmMessage {
  readonly warm: readonly string[];
}

/** What comes back from a call that ended. */
export type Outcome = Returned | Thrown;

interface Ended {
  /** How many log lines the call has sent. */
  readonly lines: number;
  /** Milliseconds that the function took. */
  readonly took: number;
}

/** What a function returned. */
export interface Returned extends Ended {
  readonly value: unknown;
}

/** What it threw. */
export interface Thrown extends Ended {
  readonly error: DescribedError;
  /** Whether it is only the echo of the abort. */
  readonly aborted: boolean;
}

/** A log line written in a thread, on its way to the logger of the caller. */
export interface LineMessage {
  readonly kilnjs: "line";
  readonly call: number;
  /** Undefined for what is bound to the caller's scope instead of written. */
  readonly level: LineLevel | undefined;
  readonly message: string | undefined;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  readonly error: DescribedError | undefined;
}
