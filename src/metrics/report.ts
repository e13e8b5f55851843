import type { ServerState } from "../http/server-state.ts";
import type { HealthReport } from "../inject/readiness.ts";
import type { ResourceView } from "../inject/resource-view.ts";
import type { JobCounts } from "../jobs/admin.ts";
import type { Family } from "./family.ts";
import { httpFamilies } from "./http-families.ts";
import { ownFamilies } from "./own-metrics.ts";
import { createLoopMeter, processFamilies } from "./process-families.ts";
import { resourceFamilies } from "./resource-families.ts";
import { jobFamilies, taskFamilies, threadFamilies } from "./work-families.ts";

/** What is measured of a running app. */
export interface Measured {
  readonly state: ServerState;
  readonly resources: readonly ResourceView[];
  readonly health: { report(): Promise<HealthReport> };
  readonly jobs: { readonly admin: { counts(): Promise<readonly JobCounts[]> } } | undefined;
}

/** All figures of one process at one moment; it is plain data, and goes from worker to supervisor. */
export interface ProcessReport {
  readonly health: HealthReport;
  readonly families: readonly Family[];
}

/** What a report is asked for. */
export interface ReportOptions {
  /** Whether the jobs are counted: they are the same for all processes, and counting them is a query. */
  readonly jobs: boolean;
  /** Whether delays of the loop are counted afresh from here. */
  readonly restart: boolean;
}

/** Makes the reports of one process. */
export interface Reporter {
  report(options: ReportOptions): Promise<ProcessReport>;
  stop(): void;
}

/** Milliseconds that counting jobs may take, and for which the counts are given again. */
const jobsPatience = 1_000;
const jobsMaxAge = 5_000;

/** Counts jobs, but not for everybody who asks, and not for ever. */
function createJobCounter(measured: Measured): () => Promise<readonly Family[]> {
  let last: { readonly at: number; readonly families: Promise<readonly Family[]> } | undefined;
  const count = async (): Promise<readonly Family[]> => {
    // Without its database the app has other troubles, which its readiness tells.
    const counts = await measured.jobs?.admin.counts().catch(() => undefined);
    return counts === undefined ? [] : jobFamilies(counts);
  };
  return () => {
    if (last === undefined || performance.now() - last.at > jobsMaxAge)
      last = { at: performance.now(), families: count() };
    const { promise: tooLate, resolve } = Promise.withResolvers<readonly Family[]>();
    const timer = setTimeout(resolve, jobsPatience, []);
    return Promise.race([last.families, tooLate]).finally(() => clearTimeout(timer));
  };
}

/** Kiln's own names stay its own, or a page would hold two metrics of one name. */
function withoutNames(families: readonly Family[], taken: readonly Family[]): readonly Family[] {
  const names = new Set(taken.map(({ name }) => name));
  return families.filter(({ name }) => !names.has(name));
}

/**
 * Makes the reporter of a process; nothing is measured before the first report that is not counted anyway.
 *
 * @param measured the app
 * @param worker the label that tells this process's gauges from those of others
 */
export function createReporter(measured: Measured, worker: string): Reporter {
  const loop = createLoopMeter();
  const countJobs = createJobCounter(measured);
  return {
    report: async ({ jobs, restart }) => {
      const { state, resources } = measured;
      const [health, jobFamilies, own] = await Promise.all([
        measured.health.report(),
        jobs && measured.jobs !== undefined ? countJobs() : [],
        ownFamilies(),
      ]);
      const families = [
        ...httpFamilies(state, worker),
        ...taskFamilies(state.tasks.figures, worker),
        ...threadFamilies(worker),
        ...resourceFamilies(resources, health, worker),
        ...jobFamilies,
        ...loop.families(worker, restart),
        ...processFamilies(worker),
      ];
      return { health, families: [...families, ...withoutNames(own, families)] };
    },
    stop: loop.stop,
  };
}
