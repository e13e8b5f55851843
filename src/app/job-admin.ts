import { KilnError } from "../errors/kiln-error.ts";
import { appNodes, buildGraph } from "../inject/graph.ts";
import { openLifespan } from "../inject/lifespan.ts";
import type { JobAdmin } from "../jobs/admin.ts";
import { addAppLogger, removeAppLogger, runFor } from "../logging/context.ts";
import { createLogger } from "../logging/create-logger.ts";
import type { AppRecord } from "./app.ts";
import { environmentName, isProduction } from "./environment.ts";
import { flatten } from "./flatten.ts";
import { jobsOf } from "./jobs.ts";

/** The jobs of an app that has not started. */
export interface OpenedJobs {
  readonly admin: JobAdmin;
  /** Of all its jobs. */
  readonly names: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens what looking after an app's jobs takes: its settings, the database that they are kept in, and the queue. Nothing
 * else of the app is opened, no job runs here, and nothing is logged.
 *
 * @param record the app's record
 * @throws KilnError KILN_CLI_JOBS for an app without jobs; what settings, database and queue throw when they do not open
 */
export async function openJobs(record: AppRecord): Promise<OpenedJobs> {
  const { settings, title, shutdown } = record.options;
  const env = environmentName();
  const routes = flatten(record.router).map(({ graph }) => graph);
  const jobs = await jobsOf(record.options, routes, undefined, env);
  if (jobs === undefined) {
    throw new KilnError("KILN_CLI_JOBS", {
      where: "kiln jobs",
      what: title,
      why: "is an app without jobs",
      fix: "List its jobs: kiln({ jobs: [sendWelcome] })",
    });
  }
  const { system, database, pool } = jobs;
  // Standard output is for what was asked for; whatever goes wrong is thrown.
  const log = createLogger({ level: "silent", production: isProduction(env) });
  const own = buildGraph("kiln()", [], settings === undefined ? {} : { settings });
  addAppLogger(log);
  return runFor({ kind: "app", log }, async () => {
    const nodes = appNodes([own, database]);
    const lifespan = await openLifespan(nodes, { env, overrides: {} }, log, shutdown?.close ?? 10_000, system.values);
    const close = async (): Promise<void> => {
      await system.close();
      await lifespan.close();
      removeAppLogger(log);
      await log.close();
    };
    try {
      await system.open(pool(lifespan.values), log, false);
    } catch (error) {
      await close();
      throw error;
    }
    return { admin: system.admin, names: system.jobs.map(({ name }) => name), close };
  });
}
