import type { JobDefinition } from "../contract/job-definition.ts";
import { definition, type Provider } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { Graph, Replacements } from "../inject/graph.ts";
import type { AppValues } from "../inject/plan.ts";
import type { TraceCall } from "../inject/trace-call.ts";
import { currentActivity } from "../logging/context.ts";
import type { RootLogger } from "../logging/logger.ts";
import { createAdmin, type JobAdmin, jobAdmin } from "./admin.ts";
import { openDatabase } from "./database.ts";
import { createEnqueue } from "./enqueue.ts";
import type { JobTracing } from "./job-tracing.ts";
import { createListener, type Listener } from "./listener.ts";
import { jobGraph, jobPlace } from "./needs.ts";
import { openQueue, type Queue } from "./queue.ts";
import { runnable } from "./run.ts";
import { checkSchedules, followSchedules, type Schedules } from "./schedule.ts";
import { within } from "./within.ts";
import { type JobWorker, startWorker } from "./worker.ts";

/** How jobs are kept and run, with every default filled in. */
export interface JobsConfig {
  /** The schema of the database that is theirs. */
  readonly schema: string;
  /** How many run at once in one worker process. */
  readonly concurrency: number;
  /** The most connections that enqueueing, taking and settling use at once. */
  readonly connections: number;
  /** How often a running job says that it is alive, in milliseconds. */
  readonly heartbeat: number;
  /** What follows them, and the dependencies of their runs. */
  readonly tracing?: { readonly jobs: JobTracing; readonly call: TraceCall } | undefined;
}

/** The jobs of one app. Before `open` it can be looked at, then enqueued to, and after `work` they run. */
export interface JobSystem {
  readonly jobs: readonly JobDefinition[];
  /** What the runs need: to be opened with the app. */
  readonly graphs: readonly Graph[];
  /** Enqueue functions and `jobAdmin`, by provider. */
  readonly values: AppValues;
  readonly admin: JobAdmin;
  /** Opens the queue in the database of a pool. */
  open(pool: unknown, log: RootLogger, work: boolean): Promise<void>;
  /** Begins to run jobs, with the values of the app. */
  work(app: AppValues): void;
  /** Lets each enqueue outside of a transaction wait until the job has run once, for tests. */
  readonly inline: { on: boolean };
  /** Where jobs can be followed: the template of a route, by the name of its job. */
  readonly statusPaths: Map<string, string>;
  /** Whether jobs run in this process. */
  readonly working: boolean;
  idle(): Promise<void>;
  /** Moves the clock of delays, retries and cron forward, for tests. */
  advance(milliseconds: number): Promise<void>;
  /** Takes no more jobs and lets those that run finish. */
  drain(grace: number): Promise<void>;
  close(): Promise<void>;
}

/** The jobs among the needs of these graphs, and those that they enqueue in turn. */
function collect(
  listed: readonly Provider<unknown>[],
  graphs: readonly Graph[],
  replacements: Replacements,
): ReadonlyMap<Provider<unknown>, { readonly job: JobDefinition; readonly graph: Graph }> {
  const found = new Map<Provider<unknown>, { readonly job: JobDefinition; readonly graph: Graph }>();
  const names = new Map<string, JobDefinition>();
  const add = (provider: Provider<unknown>): void => {
    const job = provider[definition];
    if (job.kind !== "job" || found.has(provider)) return;
    const known = names.get(job.name);
    if (known !== undefined) throw sameName(job, known);
    names.set(job.name, job);
    const graph = jobGraph(job, replacements);
    found.set(provider, { job, graph });
    for (const node of graph.nodes) add(node.provider);
  };
  for (const provider of listed) add(provider);
  for (const { nodes } of graphs) for (const node of nodes) if (node.definition.kind === "job") add(node.provider);
  return found;
}

function sameName(job: JobDefinition, known: JobDefinition): KilnError {
  return new KilnError("KILN_JOBS_INVALID", {
    where: jobPlace(job),
    what: job.name,
    why: `is the name of another job too (${known.place}), and the queue knows jobs by their names`,
    fix: "Rename one of them",
  });
}

/** How long each step of the end waits for a database that does not answer, in milliseconds. */
const longestEnd = 2_000;

interface Opened {
  readonly queue: Queue;
  readonly listener: Listener;
  readonly log: RootLogger;
}

class System implements JobSystem {
  readonly jobs: readonly JobDefinition[];
  readonly graphs: readonly Graph[];
  readonly values: AppValues;
  readonly admin: JobAdmin;
  readonly inline = { on: false };
  readonly statusPaths = new Map<string, string>();
  readonly #config: JobsConfig;
  readonly #found: ReturnType<typeof collect>;
  #opened: Opened | undefined;
  #worker: JobWorker | undefined;
  #schedules: Schedules | undefined;
  #draining: Promise<void> | undefined;

  constructor(found: ReturnType<typeof collect>, config: JobsConfig) {
    this.#config = config;
    this.#found = found;
    this.jobs = [...found.values()].map(({ job }) => job);
    this.graphs = [...found.values()].map(({ graph }) => graph);
    this.admin = createAdmin(() => this.#open().queue, this.jobs);
    this.values = new Map<Provider<unknown>, unknown>([
      [jobAdmin, this.admin],
      ...[...found].map(([provider, { job }]): [Provider<unknown>, unknown] => [provider, createEnqueue(job, this)]),
    ]);
  }

  get tracing(): JobTracing | undefined {
    return this.#config.tracing?.jobs;
  }

  get queue(): Queue | undefined {
    return this.#opened?.queue;
  }

  statusPath(name: string): string | undefined {
    return this.statusPaths.get(name);
  }

  get working(): boolean {
    return this.#worker !== undefined;
  }

  #open(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    throw new KilnError("KILN_JOBS_NOT_RUNNING", {
      where: "jobAdmin",
      what: "jobs",
      why: "are not open: the app has not started, has ended, or has no jobs",
      fix: "Use it from a handler, a dependency, a task or a job of an app with jobs",
    });
  }

  async onEnqueued(_name: string, id: string): Promise<void> {
    // A job that waited for another one could wait for its own place.
    if (!this.inline.on || this.#worker === undefined || currentActivity()?.kind === "job") return;
    const ended = this.#worker.ended(id);
    this.#worker.wake();
    await ended;
  }

  async open(pool: unknown, log: RootLogger, work: boolean): Promise<void> {
    const { schema, connections } = this.#config;
    const database = openDatabase(pool, connections);
    const listener = createListener(database, log);
    let opened: Queue | undefined;
    try {
      const listen: Listener["listen"] = (channel, _hear, _again) =>
        listener.listen(
          channel,
          (name) => this.#worker?.wake(name),
          () => this.#worker?.wake(),
        );
      const queue = await openQueue(database, this.jobs, { schema, work, listen, log });
      opened = queue;
      await checkSchedules(queue, this.jobs);
      if (work)
        await listener.listen(
          queue.channel,
          (text) => this.#hear(text),
          () => this.#worker?.look(),
        );
      this.#opened = { queue, listener, log };
    } catch (error) {
      await opened?.boss.stop({ graceful: false, close: false });
      await listener.close();
      await database.close();
      throw error;
    }
  }

  #hear(text: string): void {
    let message: { readonly cancel?: string; readonly later?: string };
    try {
      message = Object(JSON.parse(text));
    } catch {
      // Whoever may use the database may notify on this channel; nobody of Kiln's has written this.
      return;
    }
    if (message.cancel !== undefined) this.#worker?.cancelled(message.cancel);
    if (message.later !== undefined) this.#worker?.look();
  }

  work(app: AppValues): void {
    const { queue, log } = this.#open();
    const { concurrency, heartbeat, tracing } = this.#config;
    const jobs = [...this.#found.values()].map(({ job, graph }) => runnable(job, graph, app, tracing?.call));
    this.#worker = startWorker({ queue, jobs, concurrency, heartbeat, log, tracing: tracing?.jobs });
    this.#schedules = followSchedules(queue, this.jobs, log);
  }

  async idle(): Promise<void> {
    await this.#worker?.idle();
  }

  async advance(milliseconds: number): Promise<void> {
    const { queue } = this.#open();
    const step = "$1::float8 * interval '1 ms'";
    await queue.database.query(
      `update ${queue.schema}.job_common set start_after = start_after - ${step}, keep_until = keep_until - ${step},
         singleton_on = singleton_on - ${step}
       where state in ('created', 'retry')`,
      [milliseconds],
    );
    await this.#schedules?.advance(milliseconds);
    this.#worker?.wake();
  }

  drain(grace: number): Promise<void> {
    this.#draining ??= this.#drain(grace);
    return this.#draining;
  }

  async #drain(grace: number): Promise<void> {
    // One that waits for a database that is away must not let the worker take more meanwhile, nor hold up the end.
    const stopped = this.#schedules?.stop();
    await this.#worker?.stop(grace);
    await within(stopped, longestEnd);
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    await this.drain(0);
    this.#opened = undefined;
    const { queue, listener, log } = opened;
    await within(listener.close(), longestEnd);
    const ended = queue.boss
      .stop({ graceful: false, close: false })
      .catch((error: unknown) => log.warn({ err: error }, "job_queue_close_failed"));
    await within(ended, longestEnd);
    await within(queue.database.close(), longestEnd);
  }
}

/**
 * Checks the jobs of an app: those it lists, those its routes need, and those that jobs enqueue.
 *
 * @param listed providers of jobs
 * @param graphs of the app's routes
 * @param replacements what stands in for which provider
 * @param config see {@link JobsConfig}
 * @returns undefined when the app has none
 * @throws KilnError KILN_JOBS_NEEDS, KILN_JOBS_INVALID for two jobs of one name, and what `buildGraph` throws
 */
export function createJobSystem(
  listed: readonly Provider<unknown>[],
  graphs: readonly Graph[],
  replacements: Replacements,
  config: JobsConfig,
): JobSystem | undefined {
  const found = collect(listed, graphs, replacements);
  return found.size === 0 ? undefined : new System(found, config);
}
