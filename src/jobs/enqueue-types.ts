import type { ZodType, z } from "zod";
import type { Duration } from "./duration.ts";

/** A transaction to enqueue in: what `db.transaction` gives, or anything else that runs statements in one. */
export interface JobTransaction {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** When and how a job is enqueued. */
export interface EnqueueOptions {
  /** Enqueues in this transaction: if it is rolled back, the job has never been there. */
  readonly tx?: JobTransaction;
  /** Runs it not before this has passed. */
  readonly delay?: Duration;
  /** Runs it not before this moment. */
  readonly at?: Date;
  /** Higher ones run first. Default: that of the job. */
  readonly priority?: number;
  /** Tells apart what there may be one of; see `singleton` of the job, `throttle` and `debounce`. */
  readonly singletonKey?: string;
  /** Keeps at most one job for each slot of this length; whole seconds. */
  readonly throttle?: Duration;
  /** The same, but one more runs when the slot has passed, for what was enqueued meanwhile. */
  readonly debounce?: Duration;
  /** Whom it is for: `groupConcurrency` of the job limits how many run at once for one group. */
  readonly group?: string;
}

/** A payload as the program has it, or as it is in JSON: dates may be `Date` or text, defaults may be left out. */
export type PayloadOf<S extends ZodType> = z.input<S> | z.output<S>;

/** Enqueues a job. */
export type Enqueue<S extends ZodType = ZodType> =
  undefined extends PayloadOf<S>
    ? EnqueueCall<[payload?: PayloadOf<S>, options?: EnqueueOptions]>
    : EnqueueCall<[payload: PayloadOf<S>, options?: EnqueueOptions]>;

/**
 * Returns the id of the job, or of the one that is there already and stands for it.
 *
 * @throws KilnError KILN_JOBS_PAYLOAD when the payload does not fit the job's schema; what the database throws
 */
export type EnqueueCall<A extends readonly unknown[]> = (...args: A) => Promise<string>;
