import type { RootLogger } from "../logging/logger.ts";
import { type Contact, createContact, createContactMemory } from "./contact.ts";
import { JobCancelled, JobLost } from "./give-up.ts";
import { createHeartbeat, type Heartbeat, heartbeatSlack, silenceLimit } from "./heartbeat.ts";
import type { JobTracing } from "./job-tracing.ts";
import { asBossDatabase, type Queue } from "./queue.ts";
import type { RunnableJob } from "./run.ts";
import { type ClaimedJob, createRuns, isOneOf, type Runs } from "./runs.ts";
import { createSettler, type Settler } from "./settle.ts";
import { lookAhead, saveProgress, takeOver } from "./statements.ts";
import { within } from "./within.ts";

/**
 * How often a worker that is woken by nothing looks, in milliseconds: so often that it has missed an answer itself, when
 * all have been silent for too long.
 */
function idlePause(heartbeat: number): number {
  return Math.min(5_000, silenceLimit(heartbeat) - heartbeatSlack(heartbeat));
}
/** The most jobs that are taken from a queue with one statement. */
const mostAtOnce = 100;

/** Takes jobs from the queue and runs them. */
export interface JobWorker {
  /** Looks for jobs in a queue, or in all. */
  wake(name?: string): void;
  /** Looks when the next waiting job is due. */
  look(): void;
  /** Aborts a job that was cancelled. */
  cancelled(id: string): void;
  /** Resolves when nothing runs and nothing that is due waits. */
  idle(): Promise<void>;
  /** Resolves when an attempt of this job has ended here. */
  ended(id: string): Promise<void>;
  /** Takes no more; what runs may finish within `grace` milliseconds, the rest is given back. */
  stop(grace: number): Promise<void>;
}

/** What a worker is made from. */
export interface WorkerParts {
  readonly queue: Queue;
  readonly jobs: readonly RunnableJob[];
  readonly concurrency: number;
  /** How often a running job says that it is alive, in milliseconds; how often the jobs of others are looked after. */
  readonly heartbeat: number;
  readonly log: RootLogger;
  readonly tracing: JobTracing | undefined;
}

interface Lane {
  readonly job: RunnableJob;
  readonly name: string;
  /** Whether there may be something to take. */
  ready: boolean;
  fetching: boolean;
  running: number;
}

/** How long the queue is told once the grace has passed, in milliseconds; the database may be away. */
const lastWords = 2_000;
/** How long after its signal has aborted a run may go on when the worker ends, in milliseconds. */
const cutOffPatience = 1_000;

/** Whether not every job that waits may run: those of a group, or of one kind. */
function isPicky({ job }: Lane): boolean {
  const { groupConcurrency, singleton } = job.definition.settings;
  return groupConcurrency !== undefined || singleton !== undefined;
}

class Worker implements JobWorker {
  readonly #parts: WorkerParts;
  readonly #lanes: Map<string, Lane>;
  /** The lanes in the order in which they are served next: a long queue of one job must not keep the others waiting. */
  readonly #turns: Lane[];
  readonly #contact: Contact;
  readonly #runs: Runs;
  readonly #settler: Settler;
  readonly #heartbeat: Heartbeat;
  readonly #waiters = new Map<string, (() => void)[]>();
  #reserved = 0;
  #unsettled = 0;
  #stopping = false;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #lookTimer: NodeJS.Timeout | undefined;
  #pumping = false;
  #onChange: (() => void)[] = [];

  constructor(parts: WorkerParts) {
    const { queue, jobs, log, tracing, heartbeat: interval } = parts;
    this.#parts = parts;
    const lanes = jobs.map((job): [string, Lane] => {
      const { name } = job.definition;
      return [name, { job, name, ready: true, fetching: false, running: 0 }];
    });
    this.#lanes = new Map(lanes);
    this.#turns = [...this.#lanes.values()];
    this.#contact = createContact(createContactMemory(), heartbeatSlack(interval), true);

    const target = {
      connection: queue.database.connection,
      schema: queue.schema,
      interval,
      names: [...this.#lanes.keys()],
    };
    this.#heartbeat = createHeartbeat(target, (keys) => this.#runs.abort(isOneOf(keys), new JobLost()), log);
    this.#settler = createSettler(queue, log);
    this.#runs = createRuns({
      log,
      heartbeat: this.#heartbeat,
      settler: this.#settler,
      tracing,
      saveProgress: (job, progress) => saveProgress(queue, job, progress),
    });
  }

  wake(name?: string): void {
    for (const lane of this.#lanes.values()) if (name === undefined || lane.name === name) lane.ready = true;
    this.#pump();
  }

  cancelled(id: string): void {
    this.#runs.abort((job) => job.id === id, new JobCancelled());
  }

  ended(id: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.set(id, [...(this.#waiters.get(id) ?? []), resolve]);
    return promise;
  }

  /** Fills every free place, once this turn of the loop is over: jobs that end together are replaced together. */
  #pump(): void {
    if (this.#pumping || this.#stopping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      for (const lane of [...this.#turns]) void this.#fill(lane);
      this.#changed();
    });
  }

  #room(lane: Lane): number {
    let running = this.#reserved;
    for (const other of this.#lanes.values()) running += other.running;
    const { concurrency } = lane.job.definition.settings;
    return Math.min(this.#parts.concurrency - running, concurrency - lane.running, mostAtOnce);
  }

  async #fill(lane: Lane): Promise<void> {
    const room = this.#room(lane);
    if (!lane.ready || lane.fetching || this.#stopping || room <= 0) return;
    const { batch } = lane.job.definition.settings;
    lane.fetching = true;
    // Before the statement, for what is enqueued while it runs may be too late for it.
    lane.ready = false;
    this.#reserved += room;
    const wanted = batch === undefined ? room : batch * room;
    const claimed = await this.#fetch(lane, wanted);
    this.#reserved -= room;
    lane.fetching = false;
    if (claimed.length > 0) this.#turns.push(...this.#turns.splice(this.#turns.indexOf(lane), 1));
    // Where only some of a group or a kind may run, there may be others behind those that were left.
    if (claimed.length >= wanted || (claimed.length > 0 && isPicky(lane))) lane.ready = true;
    if (this.#stopping) await this.#settler.giveBack(claimed);
    else this.#begin(lane, claimed, batch ?? 1);
    this.#pump();
    this.#changed();
  }

  async #fetch({ name, job }: Lane, batchSize: number): Promise<readonly ClaimedJob[]> {
    const { boss, database, schema } = this.#parts.queue;
    const { groupConcurrency } = job.definition.settings;
    const options = { batchSize, includeMetadata: true } as const;
    try {
      if (groupConcurrency === undefined) {
        return await boss.fetch(name, { ...options, db: asBossDatabase(database.prompt) });
      }
      // One after the other: two workers at once would each find the group below its limit.
      return await database.transaction(async (on) => {
        await on.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${schema}.${name}`]);
        return boss.fetch(name, { ...options, groupConcurrency, db: asBossDatabase(on) });
      });
    } catch (error) {
      // The next look finds what there is; the database may be away for long, and each attempt would be a line.
      if (!this.#stopping) this.#parts.log.warn({ err: error, job: name }, "job_fetch_failed");
      return [];
    }
  }

  #begin(lane: Lane, claimed: readonly ClaimedJob[], size: number): void {
    for (let i = 0; i < claimed.length; i += size) this.#run(lane, claimed.slice(i, i + size));
  }

  #run(lane: Lane, claimed: readonly ClaimedJob[]): void {
    lane.running += 1;
    this.#unsettled += 1;
    const onHandled = (): void => {
      lane.running -= 1;
      this.#pump();
    };
    void this.#runs.start(lane.job, claimed, onHandled).then((waits) => {
      this.#unsettled -= 1;
      for (const { id } of claimed) {
        for (const resolve of this.#waiters.get(id) ?? []) resolve();
        this.#waiters.delete(id);
      }
      // What waited for this one to end was not taken while it ran, and nothing announces it.
      if (isPicky(lane)) this.wake(lane.name);
      this.#changed();
      // When a job that failed is due again only the database knows.
      if (waits) this.look();
    });
  }

  look(): void {
    if (this.#stopping) return;
    // The one that is under way may have looked before what there is to see.
    this.#lookAgain = this.#looking !== undefined;
    if (this.#lookAgain) return;
    clearTimeout(this.#lookTimer);
    this.#looking = this.#lookNow().then((pause) => {
      this.#looking = undefined;
      if (this.#stopping) return;
      if (this.#lookAgain) return this.look();
      this.#lookTimer = setTimeout(() => this.look(), pause);
      this.#changed();
    });
  }

  /** @returns milliseconds until the next look */
  async #lookNow(): Promise<number> {
    const { queue, log, heartbeat } = this.#parts;
    const names = [...this.#lanes.keys()];
    const silence = silenceLimit(heartbeat);
    try {
      const outlooks = await lookAhead(queue, names, silence);
      const elsewhere = outlooks.reduce((sum, { active }) => sum + active, 0) > this.#runs.size;
      const next = outlooks.flatMap(({ due = 0 }) => (due > 0 ? [Math.ceil(due) + 1] : []));
      const pause = Math.min(elsewhere ? heartbeat : idlePause(heartbeat), ...next);
      this.#contact.made(pause);
      if (outlooks.some(({ silent }) => silent > 0) && this.#mayJudge(silence)) {
        const taken = await takeOver(queue, names, silence);
        if (taken > 0) log.warn({ jobs: taken }, "jobs_taken_over");
        this.wake();
      }
      for (const { name, due } of outlooks) if (due !== undefined && due <= 0) this.wake(name);
      return pause;
    } catch (error) {
      this.#contact.lost();
      if (!this.#stopping) log.debug({ err: error }, "job_look_failed");
      return 1_000;
    }
  }

  /** Whether somebody who was silent for so long is dead. */
  #mayJudge(silence: number): boolean {
    return this.#contact.lastedFor(silence) || this.#heartbeat.contact.lastedFor(silence);
  }

  get #busy(): boolean {
    const lanes = [...this.#lanes.values()];
    return this.#pumping || this.#unsettled > 0 || lanes.some(({ fetching }) => fetching);
  }

  async idle(): Promise<void> {
    while (!this.#stopping) {
      if (this.#busy) {
        await new Promise<void>((resolve) => this.#onChange.push(resolve));
        continue;
      }
      const outlooks = await lookAhead(this.#parts.queue, [...this.#lanes.keys()], silenceLimit(this.#parts.heartbeat));
      if (this.#busy) continue;
      const due = outlooks.filter((outlook) => outlook.due !== undefined && outlook.due <= 0);
      if (due.length === 0) return;
      for (const { name } of due) this.wake(name);
    }
  }

  #changed(): void {
    const waiting = this.#onChange;
    this.#onChange = [];
    for (const resolve of waiting) resolve();
  }

  async stop(grace: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#lookTimer);
    const finished = await this.#finished(grace);
    this.#settler.hurry(lastWords);
    if (!finished) await within(this.#runs.cutOff(cutOffPatience), cutOffPatience + lastWords);
    await within(this.#looking, lastWords);
    await this.#heartbeat.stop();
    this.#changed();
  }

  async #finished(grace: number): Promise<boolean> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      resolve();
    }, grace);
    while (this.#busy && !late) {
      await Promise.race([new Promise<void>((done) => this.#onChange.push(done)), over]);
    }
    clearTimeout(timer);
    return !late;
  }
}

/** Starts a worker: it takes what there is, then whatever it is woken for. */
export function startWorker(parts: WorkerParts): JobWorker {
  const worker = new Worker(parts);
  worker.wake();
  worker.look();
  return worker;
}
