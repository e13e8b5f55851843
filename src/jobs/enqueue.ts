import { randomUUID } from "node:crypto";
import type { SendOptions } from "pg-boss";
import type { JobDefinition } from "../contract/job-definition.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { currentActivity } from "../logging/context.ts";
import type { Statements } from "./database.ts";
import { milliseconds, wholeSeconds } from "./duration.ts";
import type { EnqueueOptions } from "./enqueue-types.ts";
import { isPriority } from "./job.ts";
import type { JobTracing, TraceCarrier } from "./job-tracing.ts";
import { jobPlace } from "./needs.ts";
import { type Envelope, type PayloadCodec, payloadCodec } from "./payload.ts";
import { asBossDatabase, type Queue } from "./queue.ts";
import { findStanding } from "./statements.ts";
import { isStorable } from "./storable.ts";

/** What enqueueing needs of the app that runs. */
export interface EnqueueTarget {
  /** Undefined before the app has started and after it has ended. */
  readonly queue: Queue | undefined;
  /** The path at which a job of this name can be followed, if some route shows it. */
  statusPath(name: string): string | undefined;
  /** Called when a job was put in outside of a transaction and may run at once; awaited. */
  readonly onEnqueued?: ((name: string, id: string) => Promise<void>) | undefined;
  readonly tracing?: JobTracing | undefined;
}

/** The key under which an enqueue function keeps its job. */
export const enqueuedJob: unique symbol = Symbol.for("kilnjs.job");

/** The function that enqueues a job, with its types erased. */
export interface AnyEnqueue {
  (payload?: unknown, options?: EnqueueOptions): Promise<string>;
  readonly [enqueuedJob]: JobDefinition;
  /** The template of the route that shows this job, if there is one. */
  statusPath(): string | undefined;
}

/** Seconds of the database's clock where it is a delay: the clock of this machine may be wrong. */
function startAfter(options: EnqueueOptions, where: string): Date | number | undefined {
  if (options.at !== undefined) return options.at;
  return options.delay === undefined ? undefined : milliseconds(options.delay, where) / 1_000;
}

function sendOptions(job: JobDefinition, options: EnqueueOptions, where: string): SendOptions {
  const { priority = job.settings.priority, singletonKey, throttle, debounce, group } = options;
  const slot = throttle ?? debounce;
  const start = startAfter(options, where);
  return {
    id: randomUUID(),
    ...(priority === 0 ? {} : { priority }),
    ...(singletonKey === undefined ? {} : { singletonKey }),
    ...(slot === undefined ? {} : { singletonSeconds: Math.max(1, wholeSeconds(milliseconds(slot, where))) }),
    ...(debounce === undefined ? {} : { singletonNextSlot: true }),
    ...(group === undefined ? {} : { group: { id: group } }),
    ...(start === undefined || start === 0 ? {} : { startAfter: start }),
  };
}

/** The longest that a job is put off, or a slot lasts: a century. */
const longestDelay = 36_525 * 86_400_000;

/** Why options cannot work, and what to do; before a statement that would fail, and the transaction around it. */
function problemOf(
  job: JobDefinition,
  options: EnqueueOptions,
  where: string,
): readonly [string, string, string] | null {
  const { singletonKey, throttle, debounce, at, delay, group } = options;
  const { priority = 0 } = options;
  if (at !== undefined && delay !== undefined) return ["at and delay", "say both when it runs", "Leave one out"];
  if (throttle !== undefined && debounce !== undefined) {
    return ["throttle and debounce", "say both what becomes of the second one", "Leave one out"];
  }
  if (at !== undefined && Number.isNaN(at.getTime())) return ["at", "is no moment", "Give a date that is one"];
  const long = [delay, throttle, debounce].find((one) => one !== undefined && milliseconds(one, where) > longestDelay);
  if (long !== undefined) return [String(long), "is longer than a century", "Write a shorter duration"];
  if (!isPriority(priority)) return [`priority: ${priority}`, "is no whole number of 32 bits", "Write a whole number"];
  if (group === "") return ["group", "has no name", "Leave it out for jobs of no group"];
  for (const [name, text = ""] of Object.entries({ singletonKey, group })) {
    if (text.length <= longestKey && isStorable(JSON.stringify(text))) continue;
    return [name, `is longer than ${longestKey} characters, or holds some that PostgreSQL does not keep`, "Use an id"];
  }
  if (singletonKey === undefined || throttle !== undefined || debounce !== undefined) return null;
  if (job.settings.singleton !== undefined) return null;
  return [
    "singletonKey",
    "does nothing for a job that may be there more than once",
    'Declare `singleton: "queued"` (or "running", "both") at the job, or throttle or debounce it',
  ];
}

/** What an index of PostgreSQL takes in any encoding. */
const longestKey = 500;

function check(job: JobDefinition, options: EnqueueOptions, where: string): void {
  const problem = problemOf(job, options, where);
  if (problem === null) return;
  const [what, why, fix] = problem;
  throw new KilnError("KILN_JOBS_INVALID", { where, what, why, fix });
}

/** Puts one job into the queue. */
export async function put(
  queue: Queue,
  job: JobDefinition,
  envelope: Envelope,
  options: SendOptions,
  on: Statements | undefined,
): Promise<string | null> {
  const db = on === undefined ? {} : { db: asBossDatabase(on) };
  const id = await queue.boss.send(job.name, envelope, { ...options, ...db });
  if (id !== null && options.startAfter !== undefined) {
    // pg-boss wakes workers for what may run at once only; these have to learn when to look.
    await (on ?? queue.database).query("select pg_notify($1, $2)", [
      queue.channel,
      JSON.stringify({ later: job.name }),
    ]);
  }
  return id;
}

/**
 * Makes the function that enqueues a job.
 *
 * @param job the job
 * @param target the app that runs, looked at with every call
 */
export function createEnqueue(job: JobDefinition, target: EnqueueTarget): AnyEnqueue {
  const where = jobPlace(job);
  let codec: PayloadCodec | undefined;
  const enqueueIn = async (
    trace: TraceCarrier | undefined,
    payload: unknown,
    options: EnqueueOptions,
  ): Promise<string> => {
    const { queue } = target;
    if (queue === undefined) throw notRunning(job.name);
    check(job, options, where);
    codec ??= payloadCodec(job.payload, where);
    const request = currentActivity()?.requestId;
    const envelope: Envelope = {
      payload: await codec.write(payload),
      ...(request === undefined ? {} : { request }),
      ...(trace === undefined ? {} : { trace }),
    };
    // What runs statements gives rows of unknown columns; each statement here says what it selects.
    const on = options.tx as Statements | undefined;
    const id = await put(queue, job, envelope, sendOptions(job, options, where), on);
    if (id === null) {
      const standing = await findStanding(queue, on ?? queue.database, {
        name: job.name,
        key: options.singletonKey,
        slotted: (options.throttle ?? options.debounce) !== undefined,
        singleton: job.settings.singleton !== undefined,
      });
      // Between the two statements the other one may have ended and been deleted: then nothing stands in the way.
      return standing ?? enqueueIn(trace, payload, options);
    }
    if (on === undefined && options.at === undefined && options.delay === undefined) {
      await target.onEnqueued?.(job.name, id);
    }
    return id;
  };
  const { tracing } = target;
  const enqueue = (payload?: unknown, options: EnqueueOptions = {}): Promise<string> =>
    tracing === undefined
      ? enqueueIn(undefined, payload, options)
      : tracing.enqueue(job.name, (carrier) => enqueueIn(carrier, payload, options));
  return Object.assign(enqueue, { [enqueuedJob]: job, statusPath: () => target.statusPath(job.name) });
}

function notRunning(name: string): KilnError {
  return new KilnError("KILN_JOBS_NOT_RUNNING", {
    where: name,
    what: "enqueue",
    why: "was called before the app had started or after it had ended",
    fix: "Enqueue from a handler, a dependency, a task or a job",
  });
}
