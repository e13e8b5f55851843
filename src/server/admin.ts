import type { AdminOptions } from "../admin/options.ts";
import { type Admin, openAdmin } from "../admin/server.ts";
import type { HealthDetails, Status, WorkerStatus } from "../admin/status.ts";
import { infoFamily, kilnVersion } from "../admin/version.ts";
import { figuresOf } from "../admin/worker-figures.ts";
import { environmentName } from "../app/environment.ts";
import { urlOf } from "../app/listen.ts";
import type { Logger } from "../logging/logger.ts";
import { counter, type Family, gauge } from "../metrics/family.ts";
import { processFamilies } from "../metrics/process-families.ts";
import type { EndReason } from "./messages.ts";
import { type Collected, type KnownReport, type Reports, workerLabel } from "./reports.ts";
import type { SupervisorStatus } from "./status.ts";

/** What the admin port sees of a supervisor. */
export interface Supervised {
  readonly status: () => SupervisorStatus;
  readonly reports: Reports;
}

/** There from the start, so that the first of each is seen as one more. */
const reasons: readonly EndReason[] = [
  "reload",
  "max_requests",
  "max_memory",
  "signal",
  "stalled",
  "crash",
  "boot_failure",
  "not_ready",
];

function stateOf({ worker, report, answered }: KnownReport): WorkerStatus["state"] {
  if (worker.state !== "ready") return worker.state === "starting" ? "starting" : "leaving";
  if (!answered) return "silent";
  return report?.health.ready === true ? "ready" : "not ready";
}

function reasonOf({ worker, report }: KnownReport): string | undefined {
  const replaced = worker.endReason ?? worker.retiring;
  if (replaced !== undefined) return replaced;
  const failing = report?.health.checks.filter(({ ok }) => !ok).map(({ name }) => name) ?? [];
  return failing.length === 0 ? report?.health.reason : failing.join(", ");
}

function lineOf(known: KnownReport): WorkerStatus {
  const { worker, report } = known;
  const reason = reasonOf(known);
  return {
    worker: workerLabel(worker.order),
    pid: worker.pid,
    state: stateOf(known),
    ...(reason === undefined ? {} : { reason }),
    generation: worker.order.generation,
    uptime: (performance.now() - worker.startedAt) / 1000,
    ...figuresOf(report?.families ?? []),
  };
}

/** Whether there is somebody to answer a request. */
function isServing({ workers }: Collected): boolean {
  return workers.some((known) => known.worker.order.role === "web" && stateOf(known) === "ready");
}

function statusFrom(status: SupervisorStatus, collected: Collected): Status {
  const { app, node, state, pid, address, uptime, restarts } = status;
  return {
    app,
    kiln: kilnVersion(),
    node,
    environment: environmentName(),
    state,
    ready: state !== "stopping" && isServing(collected),
    supervised: true,
    pid,
    url: address && urlOf(address),
    uptime: uptime / 1000,
    restarts: { ...restarts },
    workers: collected.workers.map(lineOf),
  };
}

function supervisorFamilies({ wanted, restarts }: SupervisorStatus, { workers }: Collected): readonly Family[] {
  const states = new Map<string, { readonly role: string; readonly state: string; count: number }>();
  for (const role of ["web", "jobs"]) {
    for (const state of ["starting", "ready", "leaving"]) states.set(`${role} ${state}`, { role, state, count: 0 });
  }
  for (const { worker } of workers) {
    const found = states.get(`${worker.order.role} ${worker.state}`);
    if (found !== undefined) found.count += 1;
  }
  const counts = { ...Object.fromEntries(reasons.map((reason) => [reason, 0])), ...restarts };
  return [
    gauge(
      "kiln_workers",
      "Worker processes, by what they do and their state",
      [...states.values()].map(({ role, state, count }) => ({ labels: { role, state }, value: count })),
    ),
    gauge(
      "kiln_workers_wanted",
      "Worker processes that there should be",
      Object.entries(wanted).map(([role, value]) => ({ labels: { role }, value })),
    ),
    counter(
      "kiln_worker_restarts_total",
      "Worker processes that were replaced or lost, by reason",
      Object.entries(counts).map(([reason, value]) => ({ labels: { reason }, value })),
    ),
    gauge(
      "kiln_worker_up",
      "Whether a worker has answered when it was asked for its figures",
      workers.map(({ worker, answered }) => ({
        labels: { worker: workerLabel(worker.order) },
        value: answered ? 1 : 0,
      })),
      "max",
    ),
    ...processFamilies("supervisor"),
  ];
}

function detailsFrom(collected: Collected, stopping: boolean): HealthDetails {
  const workers = collected.workers.flatMap(({ worker, report, answered }) => {
    if (report === undefined) return [];
    const { ready, ...others } = report.health;
    return [{ worker: workerLabel(worker.order), ready: ready && answered, ...others }];
  });
  return { ready: !stopping && isServing(collected), workers };
}

/**
 * Opens the admin port of a supervisor: it answers for all workers, also while one of them hangs.
 *
 * @throws KilnError KILN_ADMIN_LISTEN
 */
export function openSupervisorAdmin(
  { status, reports }: Supervised,
  options: AdminOptions,
  log: () => Logger,
): Promise<Admin | undefined> {
  const source = {
    metrics: async () => {
      const collected = await reports.collect(true);
      const seen = status();
      const ofWorkers = collected.workers.flatMap(({ report }) => (report === undefined ? [] : [report.families]));
      return [[infoFamily(seen.app)], supervisorFamilies(seen, collected), collected.ended, ...ofWorkers];
    },
    health: async () => detailsFrom(await reports.collect(false), status().state === "stopping"),
    status: async () => {
      const collected = await reports.collect(false);
      return statusFrom(status(), collected);
    },
  };
  return openAdmin(source, options, log);
}
