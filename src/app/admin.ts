import type { AdminOptions } from "../admin/options.ts";
import { type Admin, type AdminSource, openAdmin } from "../admin/server.ts";
import type { Status } from "../admin/status.ts";
import { infoFamily, kilnVersion } from "../admin/version.ts";
import { figuresOf } from "../admin/worker-figures.ts";
import { createReporter, type ProcessReport } from "../metrics/report.ts";
import type { AppRecord } from "./app.ts";
import type { RunningApp } from "./start.ts";

/** The label that metrics of a process have that serves alone: the same as that of the first of several. */
const worker = "web-1";

function statusOf(record: AppRecord, running: RunningApp, url: string, { health, families }: ProcessReport): Status {
  const { title, version = "0.0.0" } = record.options;
  const { ready, reason, checks } = health;
  const failing = checks.filter(({ ok }) => !ok).map(({ name }) => name);
  const why = failing.length === 0 ? reason : failing.join(", ");
  return {
    app: { title, version },
    kiln: kilnVersion(),
    node: process.version,
    environment: running.env,
    state: running.ready ? "serving" : "stopping",
    ready,
    supervised: false,
    pid: process.pid,
    url,
    uptime: process.uptime(),
    restarts: {},
    workers: [
      {
        worker,
        pid: process.pid,
        state: running.ready ? (ready ? "ready" : "not ready") : "leaving",
        ...(why === undefined ? {} : { reason: why }),
        generation: 1,
        uptime: process.uptime(),
        ...figuresOf(families),
      },
    ],
  };
}

/**
 * Opens the admin port of an app that serves in this process.
 *
 * @param url where the app listens
 * @throws KilnError KILN_ADMIN_LISTEN
 */
export async function openAppAdmin(
  record: AppRecord,
  running: RunningApp,
  url: string,
  options: AdminOptions,
): Promise<Admin | undefined> {
  const { title, version = "0.0.0" } = record.options;
  const reporter = createReporter(running, worker);
  const source: AdminSource = {
    metrics: async () => [
      [infoFamily({ title, version })],
      (await reporter.report({ jobs: true, restart: true })).families,
    ],
    health: async () => {
      const report = await running.health.report();
      return { ready: report.ready, workers: [{ worker, ...report }] };
    },
    status: async () => statusOf(record, running, url, await reporter.report({ jobs: false, restart: false })),
  };
  const admin = await openAdmin(source, options, () => running.log);
  if (admin === undefined) return undefined;
  return { ...admin, close: () => admin.close().finally(reporter.stop) };
}
