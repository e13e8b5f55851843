/**
 * Thrown by a job that will not succeed however often it is tried: it fails at once, without the retries that are left.
 *
 * @example
 * ```ts
 * import { GiveUp, job } from "kilnjs";
 * import { z } from "zod";
 * export const charge = job("charge", { payload: z.object({ order: z.int() }) }, async ({ payload, signal }) => {
 *   const answer = await fetch(`http://127.0.0.1:9000/charge/${payload.order}`, { method: "POST", signal });
 *   if (answer.status === 402) throw new GiveUp("The card was declined");
 *   if (!answer.ok) throw new Error(`The bank answered ${answer.status}`);
 * });
 * ```
 */
export class GiveUp extends Error {
  override readonly name: string = "GiveUp";
}

/** The reason of a job's `signal` when the job took longer than its timeout. */
export class JobTimeout extends Error {
  override readonly name: string = "JobTimeout";
  constructor(timeout: number) {
    super(`The job took longer than its timeout of ${timeout} ms`);
  }
}

/** The reason of a job's `signal` when somebody cancelled it. */
export class JobCancelled extends Error {
  override readonly name: string = "JobCancelled";
  constructor() {
    super("The job was cancelled");
  }
}

/** The reason of a job's `signal` when the queue has given it to another worker, because this one seemed dead. */
export class JobLost extends Error {
  override readonly name: string = "JobLost";
  constructor() {
    super("The job belongs to another worker now");
  }
}
