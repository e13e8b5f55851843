import type { Statements } from "./database.ts";
import { type HeldJob, heldKey } from "./held-jobs.ts";
import type { Queue } from "./queue.ts";

/*
 * Statements on pg-boss's table, for what pg-boss itself does not offer. Each that changes a running job names the
 * attempt (`retry_count`) as pg-boss's own do, so that who has lost a job cannot change it any more.
 */

const attempt = `state = 'active' and (id::text || ':' || retry_count::text) = any($2::text[])`;

function attempts(jobs: readonly HeldJob[]): readonly string[] {
  return jobs.map(heldKey);
}

/** Gives running jobs back as they were, so that the attempt that ends here does not count. */
export async function returnJobs(
  { database, schema, channel }: Queue,
  name: string,
  jobs: readonly HeldJob[],
): Promise<void> {
  // Whoever is there learns of it at once, and not when it looks next.
  await database.prompt.query(
    `with back as (
       update ${schema}.job_common set state = 'retry', started_on = null, heartbeat_on = null, output = null,
         start_after = least(start_after, ${schema}.job_now())
       where name = $1 and ${attempt} returning 1)
     select pg_notify($3, $4) where exists (select from back)`,
    [name, attempts(jobs), channel, JSON.stringify({ later: name })],
  );
}

/** Takes the retries that are left from a running job, so that its failure is the last one. */
export async function endRetries({ database, schema }: Queue, name: string, jobs: readonly HeldJob[]): Promise<void> {
  await database.prompt.query(
    `update ${schema}.job_common set retry_limit = retry_count where name = $1 and ${attempt}`,
    [name, attempts(jobs)],
  );
}

/** Keeps how far a running job is; what a job that has ended leaves takes its place. */
export async function saveProgress(
  { database, schema }: Queue,
  job: HeldJob,
  progress: { readonly progress: number; readonly note?: string },
): Promise<void> {
  await database.prompt.query(`update ${schema}.job_common set output = $3::jsonb where name = $1 and ${attempt}`, [
    job.name,
    attempts([job]),
    JSON.stringify(progress),
  ]);
}

/** What a worker has to know of one queue. */
export interface QueueOutlook {
  readonly name: string;
  /** Milliseconds until a job may run, negative when one may already; undefined when none waits. */
  readonly due: number | undefined;
  /** Jobs that run, anywhere. */
  readonly active: number;
  /** Of these, how many have been silent for too long. */
  readonly silent: number;
}

/** Looks at all queues at once. Each value is read from one end of an index, however many jobs there are. */
export async function lookAhead(
  { database, schema }: Queue,
  names: readonly string[],
  silence: number,
): Promise<readonly QueueOutlook[]> {
  const waiting = (state: string): string =>
    `(select min(j.start_after) from ${schema}.job_common j
      where j.name = n.name and j.state = '${state}' and not j.blocked)`;
  const { rows } = await database.prompt.query(
    `select n.name,
       extract(epoch from least(${waiting("created")}, ${waiting("retry")}) - ${schema}.job_now())::float8 * 1000 as due,
       a.active, a.silent
     from unnest($1::text[]) as n (name), lateral (
       select count(*)::int as active, count(*) filter (
         where j.heartbeat_on < ${schema}.job_now() - $2::int * interval '1 ms'
           and pg_postmaster_start_time() < now() - $2::int * interval '1 ms')::int as silent
       from ${schema}.job_common j where j.name = n.name and j.state = 'active') a`,
    [names, silence],
  );
  return rows.map((row) => ({
    // The statement above names and types these columns.
    name: row.name as string,
    due: (row.due ?? undefined) as number | undefined,
    active: row.active as number,
    silent: row.silent as number,
  }));
}

const lostError = JSON.stringify({
  error: { name: "WorkerLost", message: "The worker that ran it gave no sign of life any more" },
});

/**
 * Takes the jobs of dead workers over: those with attempts left wait again at once, the others have failed.
 *
 * @returns how many
 */
export async function takeOver(
  { database, schema, boss }: Queue,
  names: readonly string[],
  silence: number,
): Promise<number> {
  // A server that has just started again has heard of nobody yet, so that it does not count as silence.
  const silent = `state = 'active' and heartbeat_on < ${schema}.job_now() - $2::int * interval '1 ms'
    and pg_postmaster_start_time() < now() - $2::int * interval '1 ms'`;
  const back = await database.prompt.query(
    `update ${schema}.job_common set state = 'retry', start_after = ${schema}.job_now(), output = $3::jsonb
     where name = any($1::text[]) and ${silent} and retry_count < retry_limit returning name, id`,
    [names, silence, lostError],
  );
  const spent = await database.prompt.query(
    `select name, id, retry_count from ${schema}.job_common
     where name = any($1::text[]) and ${silent} and retry_count >= retry_limit`,
    [names, silence],
  );
  for (const row of spent.rows) {
    const job = { id: row.id as string, retryCount: row.retry_count as number };
    await boss.fail(row.name as string, job, JSON.parse(lostError) as object);
  }
  return back.rows.length + spent.rows.length;
}

/** What a job that was not kept has in common with the one that is there. */
export interface Standing {
  readonly name: string;
  readonly key: string | undefined;
  /** Whether it was throttled or debounced. */
  readonly slotted: boolean;
  /** Whether the job is a singleton, so that any that has not ended may be what stands in the way. */
  readonly singleton: boolean;
}

/** The job that is there already, for one that was not kept beside it. */
export async function findStanding(
  { schema }: Queue,
  on: Statements,
  { name, key, slotted, singleton }: Standing,
): Promise<string | undefined> {
  const { rows } = await on.query(
    `select id from ${schema}.job_common
     where name = $1 and coalesce(singleton_key, '') = $2 and state <> 'cancelled'
       and ((singleton_on is not null) = $3 or ($4 and state <= 'active'))
     order by state <= 'active' desc, (singleton_on is not null) = $3 desc, created_on desc limit 1`,
    [name, key ?? "", slotted, singleton],
  );
  return rows[0]?.id as string | undefined;
}
