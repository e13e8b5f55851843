import { type ZodType, z } from "zod";
import { assertEncodable } from "../contract/assertions.ts";
import type { CronSettings, JobDefinition, JobSettings } from "../contract/job-definition.ts";
import { type Needs, type Provider, provider, type Values } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { callerPlace } from "../errors/place.ts";
import type { Logger } from "../logging/logger.ts";
import { type Duration, milliseconds } from "./duration.ts";
import type { Enqueue } from "./enqueue-types.ts";

/** How often and when a job that failed is tried again. */
export interface RetryOptions {
  /** How often it is tried again after the first failure. Default 5; 0 never. */
  readonly limit?: number;
  /** How long it waits before it is tried again; whole seconds. Default 1 s. */
  readonly delay?: Duration;
  /** Doubles the delay with every failure, with some randomness. Default true. */
  readonly backoff?: boolean;
  /** The longest delay that doubling leads to. Default: none. */
  readonly maxDelay?: Duration;
}

/** What a job declares; only its name and handler have no default. */
export interface JobOptions<S extends ZodType, N extends Needs, R extends ZodType> {
  /** What is handed to each run; checked when it is enqueued and again when it runs. Default: nothing. */
  readonly payload?: S;
  /** What the handler gets: resources, settings, other jobs, and `depends` that are resolved for each run. */
  readonly needs?: N;
  /** What the handler returns; kept with the finished job. Absent: nothing is kept. */
  readonly returns?: R;
  readonly retry?: RetryOptions;
  /**
   * How long one run may take: then its `signal` aborts, and it has failed unless it ends well within five seconds. Default
   * 15 minutes, at most 23 h.
   */
  readonly timeout?: Duration;
  /** How many of it run at once in one worker process. Default: as many as the worker runs. */
  readonly concurrency?: number;
  /** How many of it run at once for one `group`, across all processes. Default: no limit. */
  readonly groupConcurrency?: number;
  /**
   * What there may be one of at a time, for each `singletonKey`: waiting jobs, running jobs, or one of either kind. A
   * job that is enqueued beside it is not kept; `enqueue` returns the id of the one that is there.
   */
  readonly singleton?: "queued" | "running" | "both";
  /** Higher ones run first. Default 0. */
  readonly priority?: number;
  /** How long a finished job is kept, with its result or error. Default 7 days. */
  readonly keep?: Duration;
  /** When it is enqueued by the clock: `"0 3 * * *"` is every night at three. */
  readonly cron?: string;
  /** The time zone of `cron`. Default `UTC`. */
  readonly timeZone?: string;
  /** Whether one run makes up for the times of `cron` at which no worker was there. Default false: they are skipped. */
  readonly catchUp?: boolean;
  /** The payload of the jobs that `cron` enqueues. Default: nothing. */
  readonly cronPayload?: z.input<S> | z.output<S>;
}

/** What a job's handler gets beside its needs. */
export interface JobRun<P> {
  readonly payload: P;
  /** The id that `enqueue` returned: the same in every attempt, so that a run can tell what an earlier one has done. */
  readonly id: string;
  /** 1 for the first run. */
  readonly attempt: number;
  /** Aborts when the timeout passes, the job is cancelled, or the worker shuts down and cannot wait any longer. */
  readonly signal: AbortSignal;
  /** Every line carries the job's name and id, and the id of the request that enqueued it. */
  readonly log: Logger;
  /** Says how far it is, for whoever looks at the job; written at most four times a second. */
  progress(percent: number, note?: string): void;
}

/** A job that can stand in `needs`, where its value is the function that enqueues it, and in `kiln({ jobs })`. */
export interface Job<S extends ZodType = ZodType, R extends ZodType = ZodType>
  extends Provider<Enqueue<S>, "app", never> {
  readonly name: string;
  /** Exists for the compiler only. */
  readonly result?: () => z.output<R>;
}

/** What stands in `kiln({ jobs })`: any job, whatever its payload. */
export type AnyJob = Provider<unknown, "app", never> & { readonly name: string };

type ResultOf<R extends ZodType> = ZodType extends R ? unknown : z.output<R>;

const reserved = ["payload", "id", "attempt", "signal", "log", "progress", "items"];
const longestTimeout = 23 * 3_600_000;

function invalid(where: string, what: unknown, why: string, fix: string): KilnError {
  return new KilnError("KILN_JOBS_INVALID", { where, what: String(what), why, fix });
}

function checkNeeds(where: string, needs: Needs): void {
  const taken = Object.keys(needs).find((key) => reserved.includes(key));
  if (taken === undefined) return;
  throw new KilnError("KILN_RESERVED_NAME", {
    where: `${where} -> ${taken}`,
    what: taken,
    why: "is the name of something that every job's handler gets by itself",
    fix: `Leave it out, or choose another key than ${reserved.join(", ")}`,
  });
}

function positive(where: string, name: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
  throw invalid(where, `${name}: ${value}`, "is no whole number of 1 or more", "Write one, or leave it out");
}

/** Whether the queue keeps it as a priority: a whole number of 32 bits. */
export function isPriority(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 31;
}

function cronOf(where: string, options: AnyOptions): CronSettings | undefined {
  const { cron, timeZone = "UTC", catchUp = false, cronPayload } = options;
  if (cron === undefined) return undefined;
  if (!/^(?:\S+\s+){4,5}\S+$/.test(cron.trim())) {
    throw invalid(where, cron, "is no cron expression of five or six fields", 'Write one such as "0 3 * * *"');
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    throw invalid(where, timeZone, "is no time zone", 'Write a name such as "Europe/Vienna" or "UTC"');
  }
  return { expression: cron.trim(), timeZone, catchUp, payload: cronPayload };
}

/** The options with the types of payload and needs erased. */
type AnyOptions = JobOptions<ZodType, Needs, ZodType>;

function settingsOf(where: string, options: AnyOptions, batch: number | undefined): JobSettings {
  const { retry = {}, timeout = "15m", keep = "7d", concurrency, groupConcurrency, singleton, priority = 0 } = options;
  positive(where, "concurrency", concurrency);
  positive(where, "groupConcurrency", groupConcurrency);
  positive(where, "batch", batch);
  if (!isPriority(priority))
    throw invalid(where, `priority: ${priority}`, "is no whole number of 32 bits", "Write one");
  const limit = retry.limit ?? 5;
  if (!Number.isInteger(limit) || limit < 0) {
    throw invalid(where, `retry.limit: ${limit}`, "is no whole number of 0 or more", "Write one, or leave it out");
  }
  const longest = milliseconds(timeout, `${where} -> timeout`);
  if (longest <= 0 || longest > longestTimeout) {
    throw invalid(
      where,
      `timeout: ${timeout}`,
      "is not above 0 and at most 23 hours",
      "Split longer work into several jobs",
    );
  }
  return {
    retryLimit: limit,
    retryDelay: milliseconds(retry.delay ?? "1s", `${where} -> retry.delay`),
    retryBackoff: retry.backoff ?? true,
    retryDelayMax:
      retry.maxDelay === undefined ? undefined : milliseconds(retry.maxDelay, `${where} -> retry.maxDelay`),
    timeout: longest,
    concurrency: concurrency ?? Number.POSITIVE_INFINITY,
    groupConcurrency,
    singleton,
    priority,
    keep: milliseconds(keep, `${where} -> keep`),
    cron: cronOf(where, options),
    batch,
  };
}

/** Makes the definition of a job; `batch` is the most that one call of the handler gets. */
export function defineJob(
  call: string,
  name: string,
  options: AnyOptions,
  run: (values: never) => unknown,
  place: string,
  batch: number | undefined,
): Job {
  const where = `${call}("${name}") (${place})`;
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) {
    throw invalid(where, name, "is no name for a job", 'Use letters, digits, ".", "_" and "-", such as "send-welcome"');
  }
  const { needs = {}, payload = z.undefined(), returns } = options;
  checkNeeds(where, needs);
  if (returns !== undefined) assertEncodable(returns, where);
  const settings = settingsOf(where, options, batch);
  const definitionOf: JobDefinition = { kind: "job", name, place, needs, payload, returns, run, settings };
  return Object.freeze({ ...provider<Enqueue<ZodType>, "app", never>(definitionOf), name });
}

/**
 * A job: work that is kept in the database until it is done, and survives any crash. It runs at least once; a run that
 * is cut off begins again, with the same `id`.
 *
 * @param name how the queue knows it; a job that was enqueued under a name runs by what has that name then
 * @param options see {@link JobOptions}
 * @param handler does the work; it failed when it throws
 * @returns a provider: in `needs` its value enqueues the job
 * @throws KilnError KILN_JOBS_INVALID for an option that cannot work, KILN_RESERVED_NAME
 *
 * @example
 * ```ts
 * import { body, job, kiln } from "kilnjs";
 * import { postgres } from "kilnjs/postgres";
 * import { z } from "zod";
 * const db = postgres({ url: "embedded:.data/postgres" });
 * export const sendWelcome = job("send-welcome", {
 *   payload: z.object({ userId: z.int() }),
 *   needs: { pool: db.pool },
 *   retry: { limit: 5, delay: "2s" },
 * }, async ({ payload, pool, log }) => {
 *   const { rows } = await pool.query("select email from users where id = $1", [payload.userId]);
 *   log.info({ found: rows.length }, "welcome_sent");
 * });
 * export const app = kiln({ title: "Blog", jobs: [sendWelcome] });
 * app.post("/users", { needs: { name: body(z.string()), tx: db.transaction, welcome: sendWelcome }, status: 201 },
 *   async ({ name, tx, welcome }) => {
 *     const { rows } = await tx.query<{ id: number }>("insert into users (name) values ($1) returning id", [name]);
 *     await welcome({ userId: rows[0]?.id ?? 0 }, { tx });
 *   });
 * ```
 */
export function job<
  S extends ZodType = z.ZodUndefined,
  N extends Needs = Record<never, never>,
  R extends ZodType = ZodType,
>(
  name: string,
  options: JobOptions<S, N, R>,
  handler: (values: Values<N> & JobRun<z.output<S>>) => ResultOf<R> | Promise<ResultOf<R>>,
): Job<S, R> {
  // The definition forgets the job's own types; each run hands over exactly the needs and the payload it declared.
  return defineJob("job", name, options as AnyOptions, handler, callerPlace(job), undefined) as unknown as Job<S, R>;
}
