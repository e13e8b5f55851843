import type { PgBoss } from "pg-boss";
import type { JobDefinition } from "../contract/job-definition.ts";
import { importPeerNow } from "../errors/peer.ts";
import type { Logger } from "../logging/logger.ts";
import type { JobDatabase } from "./database.ts";
import { wholeSeconds } from "./duration.ts";
import type { JobTransaction } from "./enqueue-types.ts";

/** Longer than any app lives: a job that waits is never thrown away. */
const keepWaiting = 10 * 365 * 86_400;
/** How much later than the worker itself the queue gives up a run that takes too long, in milliseconds. */
const expiryMargin = 60_000;

/** pg-boss with what is around it. */
export interface Queue {
  readonly boss: PgBoss;
  readonly schema: string;
  readonly database: JobDatabase;
  /** The channel on which workers tell each other what pg-boss does not. */
  readonly channel: string;
}

/** What pg-boss runs its statements on. */
export interface BossDatabase {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  listen?: Listen;
}

/** Runs pg-boss's statements on whatever runs statements. */
export function asBossDatabase(on: JobTransaction): BossDatabase {
  return { executeSql: async (text, values) => ({ rows: [...(await on.query(text, values)).rows] }) };
}

/** What of the listening is somebody else's: holds a connection that hears a channel. */
export type Listen = (
  channel: string,
  hear: (payload: string) => void,
  again: () => void,
) => Promise<{ close(): Promise<void> }>;

/** How the queue is opened. */
export interface QueueOptions {
  readonly schema: string;
  /** Whether this process runs jobs: only then it looks after the tables and listens. */
  readonly work: boolean;
  readonly listen: Listen;
  readonly log: Logger;
}

function databaseFor(database: JobDatabase, { listen, work }: QueueOptions): BossDatabase {
  const plain: BossDatabase = {
    // Several statements in one text give a list of results, which pg-boss knows how to read.
    executeSql: async (text, values) => (await database.query(text, values)) as unknown as { rows: unknown[] },
  };
  return work ? { ...plain, listen } : plain;
}

const policies = { queued: "short", running: "singleton", both: "exclusive" } as const;

/** What pg-boss keeps of a job's settings. */
function queueOptions({ settings }: JobDefinition) {
  return {
    retryLimit: settings.retryLimit,
    retryDelay: wholeSeconds(settings.retryDelay),
    retryBackoff: settings.retryBackoff,
    retryDelayMax: settings.retryDelayMax === undefined ? null : wholeSeconds(settings.retryDelayMax),
    expireInSeconds: wholeSeconds(settings.timeout + expiryMargin),
    deleteAfterSeconds: Math.max(1, wholeSeconds(settings.keep)),
    retentionSeconds: keepWaiting,
    notify: true,
  };
}

type QueueRow = Readonly<Record<string, unknown>> & { readonly name: string };

/** Creates the queues that are missing, and changes those whose job was declared in another way before. */
async function syncQueues({ boss, database, schema }: Queue, jobs: readonly JobDefinition[]): Promise<void> {
  const names = jobs.map(({ name }) => name);
  const known = new Map<string, QueueRow>();
  // A row of pg-boss holds its own options by these names.
  for (const row of await boss.getQueues(names)) known.set(row.name, row as unknown as QueueRow);
  for (const job of jobs) {
    const wanted = queueOptions(job);
    const policy = job.settings.singleton === undefined ? "standard" : policies[job.settings.singleton];
    const found = known.get(job.name);
    if (found === undefined) {
      const { retryDelayMax, ...rest } = wanted;
      await boss.createQueue(job.name, { ...rest, policy, ...(retryDelayMax === null ? {} : { retryDelayMax }) });
      continue;
    }
    if (Object.entries(wanted).some(([name, value]) => (found[name] ?? null) !== value)) {
      await boss.updateQueue(job.name, wanted);
    }
    if (found.policy !== policy) {
      // Every job carries the policy it was enqueued under, so those that are there keep theirs.
      await database.query(`update ${schema}.queue set policy = $2 where name = $1`, [job.name, policy]);
      await boss.updateQueue(job.name, { notify: true });
    }
  }
}

/** The table in which Kiln keeps how far the clock has been followed; its name is no queue's. */
async function createOwnTables({ database, schema }: Queue): Promise<void> {
  await database.query(`
    begin;
    select pg_advisory_xact_lock(hashtextextended('${schema}.kiln', 0));
    create table if not exists ${schema}.kiln_schedule (name text primary key, last timestamptz not null);
    commit;`);
}

/**
 * Opens the queue: its schema is made or brought up to date, and every job has its own queue in it. Any number of
 * processes may do so at once.
 *
 * @param database where
 * @param jobs what has a queue
 * @param options see {@link QueueOptions}
 * @throws KilnError KILN_PEER_MISSING; what the database throws
 */
export async function openQueue(
  database: JobDatabase,
  jobs: readonly JobDefinition[],
  options: QueueOptions,
): Promise<Queue> {
  // The package is what its name says.
  const { PgBoss: Boss } = importPeerNow("pg-boss", "kiln({ jobs })") as typeof import("pg-boss");
  const { schema, work, log } = options;
  const boss = new Boss({
    db: databaseFor(database, options),
    schema,
    supervise: work,
    schedule: false,
    useListenNotify: work,
    registerInstance: false,
    // Nothing here waits for other jobs as pg-boss's flows do, and the statements would be most of what an idle worker sends.
    flowIntervalSeconds: 3_600,
    // Its spans would stand beside Kiln's, and one for every look into an empty queue.
    openTelemetry: { enabled: false },
  });
  boss.on("error", (error) => log.warn({ err: error }, "job_queue_error"));
  boss.on("warning", ({ message, data }) => log.warn({ reason: message, data }, "job_queue_warning"));
  await boss.start();
  const queue: Queue = { boss, schema, database, channel: `kiln_${schema}` };
  try {
    await createOwnTables(queue);
    await syncQueues(queue, jobs);
  } catch (error) {
    await boss.stop({ graceful: false, close: false });
    throw error;
  }
  return queue;
}
