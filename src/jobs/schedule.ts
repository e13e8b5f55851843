import { setImmediate as turn } from "node:timers/promises";
import type { JobDefinition } from "../contract/job-definition.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { Logger } from "../logging/logger.ts";
import { put } from "./enqueue.ts";
import { jobPlace } from "./needs.ts";
import { payloadCodec } from "./payload.ts";
import type { Queue } from "./queue.ts";

/** Enqueues jobs by the clock. */
export interface Schedules {
  /** Moves the clock forward, for tests: everything that would have been due by then is enqueued. */
  advance(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** A moment that passed no longer ago than this, while no worker was there, is made up for in any case. */
const restartGrace = 60_000;
/** A timer that is asked for more would fire at once, and one this long follows changes of the machine's clock. */
const longestTimer = 3_600_000;
/** The most moments that are made up for when the clock of a test moves. */
const mostPassed = 1_000;
/** Moments that are looked for without a pause, and the most that pg-boss looks for. */
const atOnce = 50;
const most = 1_000;
/** How far back the latest moment that was missed is looked for, nearest first, in milliseconds. */
const lookBack = [60_000, 3_600_000, 86_400_000, 40 * 86_400_000, 5 * 366 * 86_400_000];

/** The moments of a job's `cron` after `from`. */
export async function occurrences(
  queue: Queue,
  job: JobDefinition,
  from: Date,
  count: number,
): Promise<readonly Date[]> {
  const { cron } = job.settings;
  if (cron === undefined) return [];
  const some = (after: Date, number: number): readonly Date[] =>
    queue.boss.previewSchedule(cron.expression, { tz: cron.timeZone, from: after, count: number });
  // pg-boss gives up after a second of it, and says what is wrong with a number that none can be.
  const found = [...some(from, count > most ? count : Math.min(count, atOnce))];
  for (let last = found.at(-1); last !== undefined && found.length < count; last = found.at(-1)) {
    // Nothing else runs while moments are looked for.
    await turn();
    const more = some(last, Math.min(count - found.length, atOnce));
    if (more.length === 0) break;
    found.push(...more);
  }
  return found;
}

/** The moments after `from` and not after `to`; one by one, for the walk to a later one costs time of the event loop. */
async function passed(queue: Queue, job: JobDefinition, from: Date, to: Date): Promise<readonly Date[]> {
  const found: Date[] = [];
  for (
    let [next] = await occurrences(queue, job, from, 1);
    next !== undefined && next <= to && found.length < mostPassed;
  ) {
    found.push(next);
    [next] = await occurrences(queue, job, next, 1);
  }
  return found;
}

/** The latest moment after `last` and not after `now`. */
async function latestMissed(queue: Queue, job: JobDefinition, last: Date, now: Date): Promise<Date | undefined> {
  for (const span of lookBack) {
    const from = new Date(Math.max(last.getTime(), now.getTime() - span));
    const found = await passed(queue, job, from, now);
    if (found.length > 0) return found.at(-1);
    if (from <= last) return undefined;
  }
  return undefined;
}

function payloadOf(job: JobDefinition): Promise<unknown> {
  return payloadCodec(job.payload, `${jobPlace(job)} -> cronPayload`).write(job.settings.cron?.payload);
}

/**
 * Checks what the clock is to enqueue, when the app starts and not at three o'clock.
 *
 * @throws KilnError KILN_JOBS_INVALID for a `cron` without a moment, KILN_JOBS_PAYLOAD for a `cronPayload` that does not fit
 */
export async function checkSchedules(queue: Queue, jobs: readonly JobDefinition[]): Promise<void> {
  for (const job of jobs) {
    const { cron } = job.settings;
    if (cron === undefined) continue;
    await payloadOf(job);
    const found = await occurrences(queue, job, new Date(), 1).catch((error: unknown) => error);
    if (Array.isArray(found) && found.length > 0) continue;
    throw new KilnError("KILN_JOBS_INVALID", {
      where: `${jobPlace(job)} -> cron`,
      what: cron.expression,
      why: `has no moment${found instanceof Error ? ` (${found.message})` : ""}`,
      fix: 'Write minute, hour, day, month and weekday, such as "0 3 * * *"',
    });
  }
}

/**
 * Enqueues what `cron` would enqueue, now and beside its moments.
 *
 * @returns the id, or undefined when a job is there already that stands for it
 */
export async function enqueueNow(queue: Queue, job: JobDefinition): Promise<string | undefined> {
  const payload = await payloadOf(job);
  return (await put(queue, job, { payload }, { priority: job.settings.priority }, undefined)) ?? undefined;
}

/**
 * Enqueues the job of one moment, unless somebody has.
 *
 * @returns whether this process did
 */
async function enqueueSlot(queue: Queue, job: JobDefinition, slot: Date): Promise<boolean> {
  const payload = await payloadOf(job);
  return queue.database.transaction(async (on) => {
    // The row is locked until the job is in the queue, and of several processes only one finds it behind the moment.
    const { rows } = await on.query(
      `insert into ${queue.schema}.kiln_schedule (name, last) values ($1, $2)
       on conflict (name) do update set last = excluded.last where kiln_schedule.last < excluded.last returning name`,
      [job.name, slot],
    );
    if (rows.length === 0) return false;
    await put(queue, job, { payload }, { priority: job.settings.priority }, on);
    return true;
  });
}

/** The moment up to which the clock has been followed, which is now for a job that is new. */
async function followedTo(queue: Queue, job: JobDefinition, now: Date): Promise<Date> {
  await queue.database.query(
    `insert into ${queue.schema}.kiln_schedule (name, last) values ($1, $2) on conflict do nothing`,
    [job.name, now],
  );
  const { rows } = await queue.database.query(`select last from ${queue.schema}.kiln_schedule where name = $1`, [
    job.name,
  ]);
  // The column is a timestamp with time zone, which pg gives as a date.
  return (rows[0]?.last as Date | undefined) ?? now;
}

class Follower {
  readonly #queue: Queue;
  readonly #job: JobDefinition;
  readonly #log: Logger;
  #offset = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #busy: Promise<void> = Promise.resolve();

  constructor(queue: Queue, job: JobDefinition, log: Logger) {
    this.#queue = queue;
    this.#job = job;
    this.#log = log.child({ job: job.name });
    void this.#then(() => this.#catchUp());
  }

  #now(): Date {
    return new Date(Date.now() + this.#offset);
  }

  /** One thing after the other; what fails is tried again in a second. */
  #then(work: () => Promise<void>): Promise<void> {
    this.#busy = this.#busy.then(async () => {
      if (this.#stopped) return;
      clearTimeout(this.#timer);
      try {
        await work();
        await this.#plan();
      } catch (error) {
        this.#log.warn({ err: error }, "job_schedule_failed");
        this.#set(1_000, () => this.#then(work));
      }
    });
    return this.#busy;
  }

  #set(milliseconds: number, act: () => unknown): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(act, Math.min(milliseconds, longestTimer));
    this.#timer.unref();
  }

  async #catchUp(): Promise<void> {
    const now = this.#now();
    const last = await followedTo(this.#queue, this.#job, now);
    const missed = await latestMissed(this.#queue, this.#job, last, now);
    if (missed === undefined) return;
    const late = now.getTime() - missed.getTime();
    if (this.#job.settings.cron?.catchUp === true || late <= restartGrace) await this.#fire(missed);
    else this.#log.info({ missed: missed.toISOString() }, "job_schedule_skipped");
  }

  async #fire(slot: Date): Promise<void> {
    const did = await enqueueSlot(this.#queue, this.#job, slot);
    if (did) this.#log.info({ moment: slot.toISOString() }, "job_scheduled");
  }

  async #plan(): Promise<void> {
    const now = this.#now();
    const [next] = await occurrences(this.#queue, this.#job, now, 1);
    if (next === undefined) return;
    const pause = next.getTime() - now.getTime();
    if (pause > longestTimer) this.#set(longestTimer, () => this.#then(async () => undefined));
    else this.#set(pause, () => this.#then(() => this.#fire(next)));
  }

  advance(milliseconds: number): Promise<void> {
    return this.#then(async () => {
      const from = this.#now();
      this.#offset += milliseconds;
      const to = this.#now();
      for (const slot of await passed(this.#queue, this.#job, from, to)) await this.#fire(slot);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#busy;
  }
}

/**
 * Follows the `cron` of jobs. Every worker does; each moment is enqueued once, by whoever comes first.
 *
 * @param queue where
 * @param jobs those without `cron` are left alone
 * @param log gets a line for each moment
 */
export function followSchedules(queue: Queue, jobs: readonly JobDefinition[], log: Logger): Schedules {
  const followers = jobs
    .filter(({ settings }) => settings.cron !== undefined)
    .map((job) => new Follower(queue, job, log));
  return {
    advance: async (milliseconds) => {
      for (const follower of followers) await follower.advance(milliseconds);
    },
    stop: async () => {
      await Promise.all(followers.map((follower) => follower.stop()));
    },
  };
}
