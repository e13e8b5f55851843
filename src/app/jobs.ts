import type { Provider } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { buildGraph, type Graph, type Replacements } from "../inject/graph.ts";
import type { AppValues } from "../inject/plan.ts";
import type { JobSystem } from "../jobs/system.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { isProduction } from "./environment.ts";
import type { AppOptions, JobsOptions } from "./options.ts";

/** The jobs of an app with the database that they are kept in. */
export interface AppJobs {
  readonly system: JobSystem;
  /** Everything that has to be open for them. */
  readonly graphs: readonly Graph[];
  /** What has to be open to look after them without running them. */
  readonly database: Graph;
  /** The pool of the database, once the app is open. */
  readonly pool: (values: AppValues) => unknown;
}

function databaseError(what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_JOBS_DATABASE", { where: "kiln({ jobs })", what, why, fix });
}

function optionsOf(jobs: AppOptions["jobs"]): JobsOptions {
  if (jobs === undefined) return {};
  return "length" in jobs ? { list: jobs } : jobs;
}

/** The databases that something in these graphs needs. */
function databasesIn(graphs: readonly Graph[]): readonly Provider<unknown>[] {
  const nodes = graphs.flatMap((graph) => graph.nodes);
  const found = nodes.filter(({ definition: of }) => of.kind === "resource" && of.role === "database");
  return [...new Set(found.map(({ provider }) => provider))];
}

/** The embedded database that stands in where the app has none. */
async function embedded(): Promise<Provider<unknown>> {
  // The package itself, as an app would import it: nothing in the app's layers may know an integration.
  const { postgres } = await import("kilnjs/postgres");
  return postgres({ url: "embedded:.data/postgres" }).pool;
}

async function choose(
  options: JobsOptions,
  graphs: readonly Graph[],
  first: string,
  env: string,
): Promise<Provider<unknown>> {
  if (options.database !== undefined) return options.database.pool;
  const [only, ...others] = databasesIn(graphs);
  if (others.length > 0) {
    throw databaseError(
      "database",
      `could be any of the ${others.length + 1} that the app opens`,
      "Name the one that jobs are kept in: jobs: { list, database: db }",
    );
  }
  if (only !== undefined) return only;
  if (!isProduction(env)) return embedded();
  throw databaseError(
    first,
    "has no database to be kept in: the app opens none",
    "Need db.pool, db.connection or db.transaction of postgres() somewhere, or name it: jobs: { list, database: db }",
  );
}

function schemaOf({ schema = "kiln_jobs" }: JobsOptions): string {
  if (/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) return schema;
  throw new KilnError("KILN_JOBS_INVALID", {
    where: "kiln({ jobs: { schema } })",
    what: schema,
    why: "is no name of a schema that needs no quotes",
    fix: "Use up to 40 small letters, digits and underscores",
  });
}

function heartbeatOf({ heartbeat = 2_000 }: JobsOptions): number {
  if (heartbeat >= 100 && heartbeat <= 60_000) return heartbeat;
  throw new KilnError("KILN_JOBS_INVALID", {
    where: "kiln({ jobs: { heartbeat } })",
    what: String(heartbeat),
    why: "is not between 100 and 60,000 milliseconds",
    fix: "Leave it out for 2000, or write such a number",
  });
}

/** Whether an app has anything to do with jobs; one that has not need not load them. */
function namesJobs({ jobs }: AppOptions, routes: readonly Graph[]): boolean {
  const kinds = routes.flatMap((graph) => graph.nodes.map(({ definition }) => definition.kind));
  return jobs !== undefined || kinds.includes("job") || kinds.includes("jobAdmin");
}

/**
 * The jobs of an app, checked, and the database for them. Nothing is opened.
 *
 * @param app the app's options
 * @param routes the graphs of its routes
 * @param replacements what stands in for which provider
 * @param env the environment's name
 * @param tracing follows them
 * @returns undefined for an app without jobs
 * @throws KilnError KILN_JOBS_DATABASE, and what `createJobSystem` throws
 */
export async function jobsOf(
  app: AppOptions,
  routes: readonly Graph[],
  replacements: Replacements | undefined,
  env: string,
  tracing?: Tracing,
): Promise<AppJobs | undefined> {
  if (!namesJobs(app, routes)) return undefined;
  const options = optionsOf(app.jobs);
  const { createJobSystem } = await import("../jobs/system.ts");
  const system = createJobSystem(options.list ?? [], routes, replacements ?? new Map(), {
    schema: schemaOf(options),
    concurrency: options.concurrency ?? 10,
    connections: options.connections ?? 5,
    heartbeat: heartbeatOf(options),
    tracing,
  });
  if (system === undefined) return undefined;
  const graphs = [...routes, ...system.graphs];
  const pool = await choose(options, graphs, system.jobs[0]?.name ?? "", env);
  const own = buildGraph("kiln({ jobs: { database } })", [], { database: pool }, replacements);
  const node = own.roots[0]?.node;
  const graphsOfJobs = [...system.graphs, own];
  if (node?.definition.kind === "value") {
    const { value } = node.definition;
    return { system, graphs: graphsOfJobs, database: own, pool: () => value };
  }
  if (node?.definition.kind === "resource") {
    return { system, graphs: graphsOfJobs, database: own, pool: (values) => values.get(node.provider) };
  }
  throw databaseError("database", "is no resource", "Name what postgres() returned");
}
