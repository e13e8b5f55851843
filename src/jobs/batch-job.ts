import type { ZodType, z } from "zod";
import type { Needs, Values } from "../contract/provider.ts";
import { callerPlace } from "../errors/place.ts";
import { defineJob, type Job, type JobOptions, type JobRun } from "./job.ts";

/** One job of a batch. */
export interface BatchItem<P> extends Pick<JobRun<P>, "payload" | "id" | "attempt" | "progress"> {
  /** Lets this one fail, and not the others; a `GiveUp` leaves it no retries. */
  fail(error: unknown): void;
}

/** What the handler of a batch gets beside its needs. */
export interface BatchRun<P> extends Pick<JobRun<P>, "signal" | "log"> {
  readonly items: readonly BatchItem<P>[];
}

/** What a job that is run in batches declares. */
export interface BatchJobOptions<S extends ZodType, N extends Needs>
  extends Omit<JobOptions<S, N, ZodType>, "returns" | "groupConcurrency" | "singleton"> {
  /** The most jobs that one call of the handler gets. */
  readonly batch: number;
}

/**
 * A job whose handler gets many at once, such as rows to insert or mails to send with one call. All of them failed when
 * it throws.
 *
 * @param name how the queue knows it
 * @param options as for `job`, with `batch`
 * @param handler does the work for all items
 * @returns a provider: in `needs` its value enqueues one job
 * @throws KilnError KILN_JOBS_INVALID, KILN_RESERVED_NAME
 *
 * @example
 * ```ts
 * import { batchJob } from "kilnjs";
 * import { postgres } from "kilnjs/postgres";
 * import { z } from "zod";
 * const db = postgres({ url: "embedded:.data/postgres" });
 * export const countView = batchJob("count-view", {
 *   batch: 100,
 *   payload: z.object({ article: z.int() }),
 *   needs: { tx: db.transaction },
 * }, async ({ items, tx }) => {
 *   const articles = items.map(({ payload }) => payload.article);
 *   await tx.query("insert into views (article) select unnest($1::int[])", [articles]);
 * });
 * ```
 */
export function batchJob<S extends ZodType = z.ZodUndefined, N extends Needs = Record<never, never>>(
  name: string,
  options: BatchJobOptions<S, N>,
  handler: (values: Values<N> & BatchRun<z.output<S>>) => unknown,
): Job<S> {
  const { batch, ...rest } = options;
  // The definition forgets the job's own types; each run hands over exactly the needs and the payloads it declared.
  const erased = rest as unknown as JobOptions<ZodType, Needs, ZodType>;
  return defineJob("batchJob", name, erased, handler, callerPlace(batchJob), batch) as unknown as Job<S>;
}
