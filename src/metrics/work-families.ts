import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobCounts } from "../jobs/admin.ts";
import type { TaskFigures } from "../tasks/background.ts";
import { type FunctionFigures, timeBounds } from "../threads/pool/figures.ts";
import { type ThreadFigures, threadFigures } from "../threads/pool/thread-figures.ts";
import { counter, type Family, gauge, histogram, type Labels } from "./family.ts";

/** Background tasks. */
export function taskFamilies(figures: TaskFigures, worker: string): readonly Family[] {
  const { running, waiting, ...ended } = figures;
  const now = { running, waiting };
  return [
    gauge(
      "kiln_background_tasks",
      "Background tasks that run, and that wait for a place or for their response",
      Object.entries(now).map(([state, value]) => ({ labels: { worker, state }, value })),
    ),
    counter(
      "kiln_background_tasks_ended_total",
      "Background tasks that have ended, by how",
      Object.entries(ended).map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
  ];
}

type FunctionRow = ThreadFigures["functions"][number];

/** Two modules may have functions of one name. */
function functionLabels({ name, module }: FunctionRow): Labels {
  return { function: name, module: module.startsWith("file:") ? relative("", fileURLToPath(module)) : module };
}

function times(name: string, help: string, functions: readonly FunctionRow[], kind: "wait" | "run"): Family {
  const rows = functions.map((one) => ({
    labels: functionLabels(one),
    buckets: one[kind].buckets,
    sum: one[kind].total / 1e3,
  }));
  const bounds = timeBounds.map((milliseconds) => milliseconds / 1e3);
  return histogram(name, help, bounds, rows);
}

const outcomes = ["runs", "failures", "stopped", "refused"] as const satisfies readonly (keyof FunctionFigures)[];

/** What the threads do and did. */
export function threadFamilies(worker: string): readonly Family[] {
  const { size, threads, busy, queued, functions } = threadFigures();
  if (functions.length === 0) return [];
  const labels = { worker };
  return [
    gauge("kiln_threads_limit", "Threads that there may be", [{ labels, value: size }]),
    gauge("kiln_threads", "Threads that there are, at work and not", [
      { labels: { worker, state: "busy" }, value: busy },
      { labels: { worker, state: "idle" }, value: Math.max(0, threads - busy) },
    ]),
    gauge("kiln_thread_calls_queued", "Calls that wait for a thread", [{ labels, value: queued }]),
    ...outcomes.map((outcome) =>
      counter(
        `kiln_blocking_${outcome}_total`,
        callHelp[outcome],
        functions.map((one) => ({ labels: functionLabels(one), value: one[outcome] })),
      ),
    ),
    times(
      "kiln_blocking_wait_seconds",
      "From the call of a blocking() function until a thread took it",
      functions,
      "wait",
    ),
    times("kiln_blocking_run_seconds", "From then until it came back", functions, "run"),
  ];
}

const callHelp: Readonly<Record<(typeof outcomes)[number], string>> = {
  runs: "Calls of blocking() functions that returned or threw",
  failures: "Those of them that threw, or whose thread ended",
  stopped: "Calls that were given up: the client left, the time was up, the signal aborted",
  refused: "Calls that found the queue full",
};

/** Jobs, as the database has them: the same for every process. */
export function jobFamilies(counts: readonly JobCounts[]): readonly Family[] {
  const now = Date.now();
  return [
    gauge(
      "kiln_jobs",
      "Jobs by name and state",
      counts.flatMap(({ name, counts: byState }) =>
        Object.entries(byState).map(([state, value]) => ({ labels: { job: name, state }, value })),
      ),
      "max",
    ),
    gauge(
      "kiln_jobs_oldest_waiting_seconds",
      "For how long the oldest job that might run has waited",
      counts.map(({ name, oldestWaiting }) => ({
        labels: { job: name },
        value: oldestWaiting === undefined ? 0 : Math.max(0, (now - oldestWaiting.getTime()) / 1e3),
      })),
      "max",
    ),
  ];
}
