import type { Client } from "pg";
import type { Order } from "./orders.ts";

/** What was ended by SIGKILL, from before the signal until nothing of it lived any more; as `Date.now()`. */
export interface Kill {
  /** Without a number it was PostgreSQL, which every run needs. */
  readonly pid: number | undefined;
  readonly from: number;
  readonly to: number;
}

/** One run of a job, as the job itself wrote it down; without an end, it did not come to it. */
export interface Run {
  readonly job: string;
  readonly key: string;
  readonly pid: number;
  readonly begun: number;
  readonly ended: number | null;
}

/** What the database holds when all is over. */
export interface Remains {
  readonly runs: readonly Run[];
  /** Keys whose row was committed with their job. */
  readonly orders: ReadonlySet<string>;
  /** State by key, of every job in the queue. */
  readonly jobs: ReadonlyMap<string, string>;
}

/** The figures of a soak. */
export interface Verdict {
  /** Jobs that the web process said are in the queue, or that a committed transaction put there. */
  readonly enqueued: number;
  readonly rolledBack: number;
  /** Requests that were cut off and asked for anew; of what they asked for, `keptUnanswered` is in the queue. */
  readonly unanswered: number;
  readonly keptUnanswered: number;
  readonly done: number;
  /** Keys that had to be done and were not. */
  readonly lost: readonly string[];
  /** Keys that were rolled back, and are in the queue or ran all the same. */
  readonly undead: readonly string[];
  /** Keys of a transaction of which only one half is there: the row or the job. */
  readonly halves: readonly string[];
  /** Keys whose work was done, but whose job is not so in the queue. */
  readonly unsettled: readonly string[];
  /** Jobs that began more than once, and of these, those that also ended more than once. */
  readonly begunAgain: number;
  readonly doneAgain: number;
  /** What began again though no run of it was in flight when its process or the database was killed, with its story. */
  readonly unexplained: readonly string[];
}

/** Reads what there is. */
export async function readRemains(client: Client): Promise<Remains> {
  // The statements name these columns and their types.
  const runs = await client.query<Run>("select job, key, pid, begun, ended from soak_runs order by begun");
  const orders = await client.query<{ key: string }>("select key from soak_orders");
  const jobs = await client.query<{ key: string; state: string }>(
    "select data->'payload'->>'key' as key, state::text from kiln_jobs.job_common where data->'payload'->>'key' is not null",
  );
  return {
    runs: runs.rows,
    orders: new Set(orders.rows.map(({ key }) => key)),
    jobs: new Map(jobs.rows.map(({ key, state }) => [key, state])),
  };
}

/** How long after its work a run may still be telling the queue that it is done, in milliseconds. */
const settling = 3_000;

/** Whether a run was cut off, or its end could not be told, because something was killed under it. */
function wasInFlight({ pid, begun, ended }: Run, before: number, kills: readonly Kill[]): boolean {
  return kills.some(
    (kill) =>
      (kill.pid === undefined || kill.pid === pid) &&
      kill.to >= begun &&
      kill.from <= before &&
      (ended === null || kill.from - ended <= settling),
  );
}

function isExplained(runs: readonly Run[], kills: readonly Kill[]): boolean {
  return runs.slice(1).every((next, i) => wasInFlight(runs[i] as Run, next.begun, kills));
}

/** What happened to one key, for whoever looks for the cause. */
function storyOf(key: string, runs: readonly Run[], kills: readonly Kill[]): string {
  const start = runs[0]?.begun ?? 0;
  const time = (at: number | null): string => (at === null ? "never" : `${(at - start).toFixed(0)} ms`);
  const lines = runs.map(({ pid, begun, ended }) => `process ${pid} from ${time(begun)} to ${time(ended)}`);
  const near = kills.filter(({ pid }) => pid === undefined || runs.some((run) => run.pid === pid));
  const ends = near.map(({ pid, from, to }) => `${pid ?? "PostgreSQL"} killed from ${time(from)} to ${time(to)}`);
  return [`${key}:`, ...lines, ...ends].join("\n  ");
}

/** Compares what was asked for, what ran and what was killed. */
export function judge(
  orders: readonly Order[],
  { runs, orders: rows, jobs }: Remains,
  kills: readonly Kill[],
): Verdict {
  const byKey = Map.groupBy(runs, ({ key }) => key);
  const finished = new Set(runs.filter(({ ended }) => ended !== null).map(({ key }) => key));
  // With an answer or without one, what is in the queue has to be done, and the row of a transaction has its job.
  const mustRun = (order: Order): boolean =>
    !order.rollBack && (order.answered || jobs.has(order.key) || rows.has(order.key));
  const expected = orders.filter(mustRun).map(({ key }) => key);
  const unanswered = orders.filter(({ answered }) => !answered);
  const again = [...byKey].filter(([, of]) => of.length > 1);
  return {
    enqueued: expected.length,
    rolledBack: orders.filter(({ rollBack, answered }) => rollBack && answered).length,
    unanswered: unanswered.length,
    keptUnanswered: unanswered.filter(({ key }) => jobs.has(key)).length,
    done: expected.filter((key) => finished.has(key)).length,
    lost: expected.filter((key) => !finished.has(key)),
    undead: orders
      .filter(({ rollBack, key }) => rollBack && (jobs.has(key) || byKey.has(key) || rows.has(key)))
      .map(({ key }) => key),
    halves: orders.filter(({ together, key }) => together && rows.has(key) !== jobs.has(key)).map(({ key }) => key),
    unsettled: expected.filter((key) => finished.has(key) && jobs.get(key) !== "completed"),
    begunAgain: again.length,
    doneAgain: again.filter(([, of]) => of.filter(({ ended }) => ended !== null).length > 1).length,
    unexplained: again.filter(([, of]) => !isExplained(of, kills)).map(([key, of]) => storyOf(key, of, kills)),
  };
}
