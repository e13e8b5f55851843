import type { JobCounts, JobError, JobInfo, JobSchedule } from "../jobs/admin.ts";
import { table } from "./table.ts";

const longestError = 80;

/** A moment to the second, as ISO 8601. */
function moment(at: Date | undefined): string {
  return at === undefined ? "" : `${at.toISOString().slice(0, 19)}Z`;
}

function brief(error: JobError | undefined): string {
  if (error === undefined) return "";
  const line = `${error.name}: ${error.message}`.split("\n")[0] ?? "";
  return line.length > longestError ? `${line.slice(0, longestError - 1)}…` : line;
}

/** How many there are of each job, with what to look at first. */
export function countsText(jobs: readonly JobCounts[]): string {
  const rows = jobs.map(({ name, counts, oldestWaiting, lastError }) => [
    name,
    ...[counts.waiting, counts.delayed, counts.running, counts.done, counts.failed, counts.cancelled].map(String),
    moment(oldestWaiting),
    lastError === undefined ? "" : `${moment(lastError.at)} ${brief(lastError)}`,
  ]);
  const states = ["WAITING", "DELAYED", "RUNNING", "DONE", "FAILED", "CANCELLED"];
  return table([["JOB", ...states, "OLDEST WAITING SINCE", "LAST ERROR"], ...rows]);
}

function stateText({ state, progress, note }: JobInfo): string {
  if (progress === undefined) return state;
  return `${state} ${progress}%${note === undefined ? "" : ` ${note}`}`;
}

/** Some jobs, a line each. */
export function listText(jobs: readonly JobInfo[]): string {
  const rows = jobs.map((job) => [
    job.id,
    job.name,
    stateText(job),
    String(job.attempts),
    moment(job.enqueuedAt),
    moment(job.finishedAt ?? job.startedAt ?? job.runsAt),
    brief(job.error),
  ]);
  return table([["ID", "JOB", "STATE", "ATTEMPTS", "ENQUEUED", "RUNS OR RAN", "ERROR"], ...rows]);
}

/** Everything about one job. */
export function showText(job: JobInfo): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["id", job.id],
    ["job", job.name],
    ["state", stateText(job)],
    ["attempts", String(job.attempts)],
    ["enqueued", moment(job.enqueuedAt)],
    ["request", job.requestId],
    ["runs at", moment(job.runsAt)],
    ["started", moment(job.startedAt)],
    ["finished", moment(job.finishedAt)],
    ["priority", String(job.priority)],
    ["singleton key", job.singletonKey],
    ["group", job.group],
    ["payload", JSON.stringify(job.payload)],
    ["result", JSON.stringify(job.result)],
    ["error", job.error?.stack ?? (job.error === undefined ? undefined : brief(job.error))],
  ];
  return table(facts.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]])));
}

/** What the clock enqueues. */
export function scheduleText(schedules: readonly JobSchedule[]): string {
  const rows = schedules.map(({ name, cron, timeZone, catchUp, last, next }) => [
    name,
    cron,
    timeZone,
    catchUp ? "yes" : "no",
    moment(last),
    next.map(moment).join(", "),
  ]);
  return table([["JOB", "CRON", "TIME ZONE", "CATCHES UP", "FOLLOWED UP TO", "NEXT"], ...rows]);
}

/** A number of jobs, in words. */
export function jobsText(count: number, what: string): string {
  return count === 0 ? "No job matches\n" : `${count} ${count === 1 ? "job" : "jobs"} ${what}\n`;
}
