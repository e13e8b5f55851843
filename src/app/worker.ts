import { KilnError } from "../errors/kiln-error.ts";
import type { AppRecord } from "./app.ts";
import { onSignals } from "./signals.ts";
import { type RunningApp, startApp } from "./start.ts";

/** How a process runs jobs. */
export interface WorkOptions {
  /** Whether SIGTERM, SIGINT and uncaught errors end it in order. Default true. */
  readonly signals?: boolean;
}

/**
 * Starts an app to run its jobs only: it listens on no port.
 *
 * @returns the app that runs; `close()` is the shutdown sequence
 * @throws KilnError KILN_CLI_WORKER for an app without jobs, and what starting throws
 */
export async function runJobs(record: AppRecord, options: WorkOptions = {}): Promise<RunningApp> {
  const started = performance.now();
  const starting = startApp(record, { jobs: true, once: false });
  const release = options.signals === false ? () => undefined : onSignals(starting);
  try {
    const running = await starting;
    const jobs = await jobNames(record, running);
    running.log.info({ jobs, startup_ms: Math.round(performance.now() - started) }, "worker_ready");
    running.stallWatch.start();
    return running;
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * The names of an app's jobs.
 *
 * @throws KilnError KILN_CLI_WORKER for an app without jobs, which is closed
 */
export async function jobNames(record: AppRecord, running: RunningApp): Promise<readonly string[]> {
  if (running.jobs !== undefined) return running.jobs.jobs.map(({ name }) => name);
  await running.close();
  throw new KilnError("KILN_CLI_WORKER", {
    where: "kiln worker",
    what: record.options.title,
    why: "is an app without jobs, so there is nothing to run",
    fix: "List its jobs: kiln({ jobs: [sendWelcome] })",
  });
}
