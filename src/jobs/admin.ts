import type { JobAdminDefinition, JobDefinition } from "../contract/job-definition.ts";
import { type Provider, provider } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { Envelope } from "./payload.ts";
import type { Queue } from "./queue.ts";
import { enqueueNow, occurrences } from "./schedule.ts";

/** Where a job stands. `delayed` is one that waits for its moment: that of its enqueuer, or that of the next attempt. */
export type JobState = "waiting" | "delayed" | "running" | "done" | "failed" | "cancelled";

/** Why a job failed, or why its last attempt did. */
export interface JobError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

/** One job as the queue keeps it. */
export interface JobInfo {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  /** Attempts that have begun. */
  readonly attempts: number;
  /** As it is kept, in the form of JSON. */
  readonly payload: unknown;
  /** The id of the request that enqueued it. */
  readonly requestId?: string;
  /** Percent, while it runs and says so. */
  readonly progress?: number;
  readonly note?: string;
  /** What it returned, in the form of JSON. */
  readonly result?: unknown;
  readonly error?: JobError;
  readonly enqueuedAt: Date;
  /** Not before this moment it runs, or ran, next. */
  readonly runsAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly priority: number;
  readonly singletonKey?: string;
  readonly group?: string;
}

/** The jobs of one name. */
export interface JobCounts {
  readonly name: string;
  readonly counts: Readonly<Record<JobState, number>>;
  /** When the one that has waited longest might have begun. */
  readonly oldestWaiting?: Date;
  /** The latest failure that is kept. */
  readonly lastError?: JobError & { readonly id: string; readonly at: Date };
}

/** A job that the clock enqueues. */
export interface JobSchedule {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly catchUp: boolean;
  readonly next: readonly Date[];
  /** The moment up to which the clock has been followed. */
  readonly last?: Date;
}

/** Which jobs are meant. */
export interface JobFilter {
  readonly name?: string;
  readonly state?: JobState;
  /** The most that are given, newest first. Default 50. */
  readonly limit?: number;
  /** Only those that were enqueued before this moment, or before the job with this id: the last one of the page before. */
  readonly before?: Date | string;
}

/** Which jobs are changed: some by id, or all of a name and state. */
export type JobChoice = { readonly ids: readonly string[] } | { readonly name: string; readonly state?: JobState };

/** Looks after the jobs of an app. */
export interface JobAdmin {
  /** How many there are, by name and state. */
  counts(): Promise<readonly JobCounts[]>;
  list(filter?: JobFilter): Promise<readonly JobInfo[]>;
  /** One job, undefined when there is none with this id. */
  show(id: string): Promise<JobInfo | undefined>;
  /** Lets failed and cancelled jobs run again. @returns how many */
  retry(choice: JobChoice): Promise<number>;
  /** Takes waiting jobs away and aborts running ones. @returns how many */
  cancel(choice: JobChoice): Promise<number>;
  /** Deletes jobs that do not run. @returns how many */
  purge(choice: JobChoice): Promise<number>;
  /** What the clock enqueues, and when next. @param count how many moments of each */
  schedule(count?: number): Promise<readonly JobSchedule[]>;
  /**
   * Enqueues a job that has a `cron` now, beside its moments and with the same payload.
   *
   * @returns the id, or undefined when `singleton` keeps another one out
   * @throws KilnError KILN_JOBS_INVALID when no job of this name has a `cron`
   */
  trigger(name: string): Promise<string | undefined>;
}

/**
 * The functions that look after the app's jobs, for an admin route: list, show, retry, cancel, purge.
 *
 * @example
 * ```ts
 * import { depends, header, jobAdmin, path, router, Unauthorized } from "kilnjs";
 * import { z } from "zod";
 * const operator = depends({ key: header(z.string(), { name: "x-operator-key" }) }, ({ key }) => {
 *   if (key !== "only for this example") throw new Unauthorized();
 * });
 * export const jobs = router({ prefix: "/admin/jobs", needs: { operator } });
 * jobs.get("/", { needs: { jobs: jobAdmin } }, ({ jobs }) => jobs.counts());
 * jobs.post("/:id/retry", { needs: { id: path(z.uuid()), jobs: jobAdmin } }, ({ id, jobs }) => jobs.retry({ ids: [id] }));
 * ```
 */
export const jobAdmin: Provider<JobAdmin, "app", never> = provider({ kind: "jobAdmin" } satisfies JobAdminDefinition);

/** How each state is told from pg-boss's columns. */
const conditions: Readonly<Record<JobState, string>> = {
  waiting: "state in ('created', 'retry') and start_after <= job_clock",
  delayed: "state in ('created', 'retry') and start_after > job_clock",
  running: "state = 'active'",
  done: "state = 'completed'",
  failed: "state = 'failed'",
  cancelled: "state = 'cancelled'",
};
const states = Object.keys(conditions) as JobState[];

const columns = `id, name, state, retry_count, data, output, created_on, start_after, started_on, completed_on, priority,
  singleton_key, group_id, start_after > job_clock as later`;

/** The columns above, as pg reads them. */
interface Row {
  readonly id: string;
  readonly name: string;
  readonly state: "created" | "retry" | "active" | "completed" | "failed" | "cancelled";
  readonly retry_count: number;
  readonly data: Partial<Envelope> | null;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly created_on: Date;
  readonly start_after: Date;
  readonly started_on: Date | null;
  readonly completed_on: Date | null;
  readonly priority: number;
  readonly singleton_key: string | null;
  readonly group_id: string | null;
  readonly later: boolean;
}

function stateOf({ state, later }: Row): JobState {
  if (state === "created" || state === "retry") return later ? "delayed" : "waiting";
  return state === "active" ? "running" : state === "completed" ? "done" : state;
}

function errorOf(output: Row["output"]): JobError | undefined {
  // Kiln's own record, or the one that pg-boss writes for a run that outlived every limit.
  const found = (output?.error ?? output?.value) as Partial<JobError> | undefined;
  if (typeof found?.message !== "string") return undefined;
  return { name: "Error", ...found, message: found.message };
}

function infoOf(row: Row): JobInfo {
  const state = stateOf(row);
  const { output } = row;
  const error = state === "done" || state === "running" ? undefined : errorOf(output);
  const progress = state === "running" && typeof output?.progress === "number" ? output : undefined;
  return {
    id: row.id,
    name: row.name,
    state,
    attempts: row.started_on === null ? row.retry_count : row.retry_count + 1,
    payload: row.data?.payload,
    ...(row.data?.request === undefined ? {} : { requestId: row.data.request }),
    ...(progress === undefined ? {} : { progress: progress.progress as number }),
    ...(typeof progress?.note === "string" ? { note: progress.note } : {}),
    ...(state === "done" && output !== null && "result" in output ? { result: output.result } : {}),
    ...(error === undefined ? {} : { error }),
    enqueuedAt: row.created_on,
    runsAt: row.start_after,
    ...(row.started_on === null ? {} : { startedAt: row.started_on }),
    ...(row.completed_on === null ? {} : { finishedAt: row.completed_on }),
    priority: row.priority,
    ...(row.singleton_key === null ? {} : { singletonKey: row.singleton_key }),
    ...(row.group_id === null ? {} : { group: row.group_id }),
  };
}

function checkState(state: string | undefined, where: string): void {
  if (state === undefined || state in conditions) return;
  throw new KilnError("KILN_JOBS_INVALID", {
    where,
    what: state,
    why: "is no state of a job",
    fix: `Use one of ${states.join(", ")}`,
  });
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Makes the functions over an open queue. */
export function createAdmin(open: () => Queue, jobs: readonly JobDefinition[]): JobAdmin {
  const names = jobs.map(({ name }) => name);
  const from = ({ schema }: Queue): string =>
    `(select j.*, ${schema}.job_now() as job_clock from ${schema}.job_common j where j.name = any($1::text[])) j`;

  /** The ids that a choice means, of those in one of these states, by queue. */
  const chosen = async (
    choice: JobChoice,
    of: readonly JobState[],
  ): Promise<ReadonlyMap<string, readonly string[]>> => {
    const queue = open();
    const byName = "name" in choice;
    checkState(byName ? choice.state : undefined, "jobAdmin");
    const wanted = byName && choice.state !== undefined ? of.filter((state) => state === choice.state) : of;
    if (wanted.length === 0) return new Map();
    const where = wanted.map((state) => `(${conditions[state]})`).join(" or ");
    const { rows } = await queue.database.query(
      `select name, id from ${from(queue)} where (${where}) ${byName ? "" : "and id = any($2::uuid[])"}`,
      byName ? [names.filter((name) => name === choice.name)] : [names, choice.ids.filter((id) => uuid.test(id))],
    );
    // The statement selects these two.
    const found = rows as unknown as readonly { readonly name: string; readonly id: string }[];
    return new Map(
      [...Map.groupBy(found, ({ name }) => name)].map(([name, those]) => [name, those.map(({ id }) => id)]),
    );
  };
  const each = async (
    ids: ReadonlyMap<string, readonly string[]>,
    act: (name: string, ids: string[]) => Promise<object>,
  ): Promise<number> => {
    let sum = 0;
    for (const [name, those] of ids) sum += affected(await act(name, [...those]));
    return sum;
  };

  const list = async ({ name, state, limit = 50, before }: JobFilter = {}): Promise<readonly JobInfo[]> => {
    checkState(state, "jobAdmin.list()");
    const queue = open();
    const wanted = name === undefined ? names : names.filter((each) => each === name);
    const id = typeof before === "string" ? before : null;
    if (id !== null && !uuid.test(id)) return [];
    // Jobs of one statement or transaction may have the same moment, so that a moment alone would skip some.
    const { rows } = await queue.database.query(
      `select ${columns} from ${from(queue)}
       where ($2::timestamptz is null or created_on < $2)
         and ($3::uuid is null or (created_on, id) <
           (select b.created_on, b.id from ${queue.schema}.job_common b where b.name = any($1) and b.id = $3))
         ${state === undefined ? "" : `and ${conditions[state]}`}
       order by created_on desc, id desc limit $4`,
      [wanted, id === null ? (before ?? null) : null, id, limit],
    );
    return rows.map((row) => infoOf(row as unknown as Row));
  };

  return {
    list,
    counts: () => counts(open(), names, from(open())),
    show: async (id) => {
      if (!uuid.test(id)) return undefined;
      const queue = open();
      const { rows } = await queue.database.query(`select ${columns} from ${from(queue)} where id = $2`, [names, id]);
      return rows[0] === undefined ? undefined : infoOf(rows[0] as unknown as Row);
    },
    retry: async (choice) => {
      const { boss, database } = open();
      const failed = await each(await chosen(choice, ["failed"]), (name, ids) => boss.retry(name, ids));
      const ids = await chosen(choice, ["cancelled"]);
      const resumed = await each(ids, (name, those) => boss.resume(name, those));
      if (failed + resumed > 0) await database.query("select pg_notify($1, $2)", [open().channel, '{"later":"*"}']);
      return failed + resumed;
    },
    cancel: async (choice) => {
      const { boss, database, channel } = open();
      const running = await chosen(choice, ["running"]);
      const all = await chosen(choice, ["waiting", "delayed", "running"]);
      const count = await each(all, (name, ids) => boss.cancel(name, ids));
      for (const id of [...running.values()].flat()) {
        await database.query("select pg_notify($1, $2)", [channel, JSON.stringify({ cancel: id })]);
      }
      return count;
    },
    purge: async (choice) => {
      const { boss } = open();
      const ids = await chosen(choice, ["waiting", "delayed", "done", "failed", "cancelled"]);
      return each(ids, (name, those) => boss.deleteJob(name, those));
    },
    schedule: async (count = 3) => {
      const queue = open();
      const { rows } = await queue.database.query(`select name, last from ${queue.schema}.kiln_schedule`);
      const last = new Map(rows.map((row) => [row.name as string, row.last as Date]));
      const timed = jobs.filter(({ settings }) => settings.cron !== undefined);
      return Promise.all(timed.map((job) => scheduleOf(queue, job, last.get(job.name), count)));
    },
    trigger: async (name) => enqueueNow(open(), timedJob(jobs, name)),
  };
}

function timedJob(jobs: readonly JobDefinition[], name: string): JobDefinition {
  const found = jobs.find((job) => job.name === name && job.settings.cron !== undefined);
  if (found !== undefined) return found;
  throw new KilnError("KILN_JOBS_INVALID", {
    where: "jobAdmin.trigger()",
    what: name,
    why: "is no job with a cron, so it is not known what it should be given",
    fix: "Enqueue it with its payload from a handler",
  });
}

/** What pg-boss answers, though its types do not say so. */
function affected(response: object): number {
  return (response as { readonly affected: number }).affected;
}

async function scheduleOf(
  queue: Queue,
  job: JobDefinition,
  last: Date | undefined,
  count: number,
): Promise<JobSchedule> {
  const { expression = "", timeZone = "UTC", catchUp = false } = job.settings.cron ?? {};
  const next = await occurrences(queue, job, new Date(), count);
  return { name: job.name, cron: expression, timeZone, catchUp, next, ...(last === undefined ? {} : { last }) };
}

async function counts(queue: Queue, names: readonly string[], from: string): Promise<readonly JobCounts[]> {
  const filters = states.map((state) => `count(*) filter (where ${conditions[state]})::int as ${state}`);
  const { rows } = await queue.database.query(
    `select name, ${filters.join(", ")}, min(start_after) filter (where ${conditions.waiting}) as oldest
     from ${from} group by name`,
    [names],
  );
  const failures = await queue.database.query(
    `select distinct on (name) name, id, output, completed_on from ${from} where state = 'failed'
     order by name, completed_on desc`,
    [names],
  );
  const byName = new Map(rows.map((row) => [row.name as string, row]));
  const lastErrors = new Map(failures.rows.map((row) => [row.name as string, row as unknown as Row]));
  return names.map((name) => {
    const row = byName.get(name);
    const failure = lastErrors.get(name);
    const error = failure === undefined ? undefined : errorOf(failure.output);
    return {
      name,
      // One number per state, as selected above.
      counts: Object.fromEntries(states.map((state) => [state, (row?.[state] ?? 0) as number])) as Record<
        JobState,
        number
      >,
      ...(row?.oldest instanceof Date ? { oldestWaiting: row.oldest } : {}),
      ...(failure?.completed_on && error ? { lastError: { ...error, id: failure.id, at: failure.completed_on } } : {}),
    };
  });
}
