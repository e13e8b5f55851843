import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { acquireEmbeddedServer } from "../../../src/integrations/postgres/embedded/server.ts";
import { placeOrders } from "./orders.ts";
import { type Lines, startVictim, type Victim } from "./process.ts";
import { judge, type Kill, readRemains, type Verdict } from "./verdict.ts";

/** How long and how hard. */
export interface SoakOptions {
  /** Jobs that are enqueued. */
  readonly jobs: number;
  /** Over how many milliseconds, during which workers are killed. */
  readonly milliseconds: number;
  /** At which parts of that time the web process is killed, for example 0.5 for half. */
  readonly webKills: readonly number[];
  /** The same for PostgreSQL. */
  readonly databaseKills: readonly number[];
  /** How long what is left may take afterwards, in milliseconds. */
  readonly patience: number;
}

/** What a soak came to. */
export interface Soak extends Verdict {
  readonly workerKills: number;
  readonly webKills: number;
  readonly databaseKills: number;
  /** From the last kill to the last job, in milliseconds. */
  readonly drained: number;
  readonly seconds: number;
  readonly lines: Lines;
}

const tables = `
  create table soak_orders (key text primary key);
  create table soak_runs (
    run uuid primary key, job uuid not null, key text not null, attempt int not null, pid int not null,
    begun float8 not null, ended float8);`;

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function answers(url: string): Promise<boolean> {
  return withClient(url, (client) => client.query("select 1")).then(
    () => true,
    () => false,
  );
}

/** Kills PostgreSQL; its keeper starts it again. Resolves when it answers. */
async function killDatabase(folder: string, url: string): Promise<void> {
  process.kill(Number(readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
  // Without its first process a server takes no new connections, whatever of it still lives.
  while (!(await answers(url))) await wait(20);
}

interface Trouble {
  readonly kills: readonly Kill[];
  readonly workers: number;
  readonly web: number;
  readonly database: number;
}

/** Kills a worker each second, and the others when their time has come. */
async function makeTrouble(
  workers: readonly Victim[],
  web: Victim,
  folder: string,
  url: string,
  options: SoakOptions,
): Promise<Trouble> {
  const kills: Kill[] = [];
  const due = [
    ...Array.from({ length: Math.floor(options.milliseconds / 1_000) }, (_, i) => ({
      at: (i + 1) * 1_000,
      what: "worker",
    })),
    ...options.webKills.map((part) => ({ at: part * options.milliseconds, what: "web" })),
    ...options.databaseKills.map((part) => ({ at: part * options.milliseconds, what: "database" })),
  ].toSorted((a, b) => a.at - b.at);
  const record = async (pid: number | undefined, kill: () => Promise<void>): Promise<void> => {
    const from = Date.now();
    await kill();
    kills.push({ pid, from, to: Date.now() });
  };
  const begun = performance.now();
  const under: Promise<void>[] = [];
  for (const { at, what } of due) {
    await wait(Math.max(0, begun + at - performance.now()));
    const worker = workers[Math.floor(Math.random() * workers.length)] ?? web;
    if (what === "database") under.push(record(undefined, () => killDatabase(folder, url)));
    else if (what === "worker") under.push(record(worker.pid, worker.kill));
    else under.push(web.kill());
  }
  await Promise.all(under);
  const count = (what: string): number => due.filter((each) => each.what === what).length;
  return { kills, workers: count("worker"), web: count("web"), database: count("database") };
}

const isOver = "select not exists (select from kiln_jobs.job_common where state < 'completed') as over";

/** Waits until no job waits or runs. */
async function drained(url: string, patience: number): Promise<number> {
  const begun = performance.now();
  await withClient(url, async (client) => {
    while (performance.now() - begun < patience) {
      const { rows } = await client.query<{ over: boolean }>(isOver);
      if (rows[0]?.over === true) return;
      await wait(100);
    }
  });
  return performance.now() - begun;
}

/**
 * A web process enqueues jobs and two workers run them, while all of them and PostgreSQL are killed again and again.
 * Bounded: what is not done after `patience` counts as lost.
 */
export async function soak(options: SoakOptions): Promise<Soak> {
  const parent = mkdtempSync(join(tmpdir(), "kiln-soak-"));
  const folder = join(parent, "database");
  const server = await acquireEmbeddedServer(folder, { linger: 0 });
  const lines: Lines = { counts: new Map(), trouble: [] };
  const url = server.url();
  const started: Victim[] = [];
  const start = (...args: string[]): Victim => {
    const victim = startVictim(args, url, lines);
    started.push(victim);
    return victim;
  };
  const begun = performance.now();
  try {
    await withClient(url, (client) => client.query(tables));
    const web = start("start", "--port", "0", "--host", "127.0.0.1", "--no-admin");
    const workers = [start("worker"), start("worker")];
    await Promise.all(started.map((each) => each.ready()));
    const [orders, trouble] = await Promise.all([
      placeOrders(web, options.jobs, options.milliseconds),
      makeTrouble(workers, web, server.folder, url, options),
    ]);
    const took = await drained(url, options.patience);
    const remains = await withClient(url, readRemains);
    return {
      ...judge(orders, remains, trouble.kills),
      workerKills: trouble.workers,
      webKills: trouble.web,
      databaseKills: trouble.database,
      drained: took,
      seconds: (performance.now() - begun) / 1_000,
      lines,
    };
  } finally {
    await Promise.all(started.map((each) => each.end()));
    await server.release();
    rmSync(parent, { recursive: true, force: true });
  }
}
