// Jobs per second, the time from enqueueing to the start, and what an idle worker asks of its database: Kiln beside pg-boss
// alone, graphile-worker, and BullMQ where redis-server is installed. Slices in mixed order, each in a process of its own.
// Run: npm run bench:jobs [rounds] [contender...], for example npm run bench:jobs 5 kiln pg-boss
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { acquireEmbeddedServer, type EmbeddedServer } from "../../src/integrations/postgres/embedded/server.ts";
import { median } from "../median.ts";
import type { Slice } from "./slice.ts";

const rounds = Number(process.argv[2] ?? 4);
const only = process.argv.slice(3);
const idleFor = 12_000;
/** No round begins after so many milliseconds, and no slice takes longer. */
const roundsFor = 60_000;
const longestSlice = 20_000;
const modules = {
  Kiln: "kiln",
  "pg-boss": "pg-boss",
  "pg-boss, one by one": "pg-boss-each",
  "graphile-worker": "graphile-worker",
};
const slice = fileURLToPath(new URL("./slice.ts", import.meta.url));

interface Redis {
  readonly port: number;
  end(): Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Undefined where there is none. */
async function startRedis(folder: string): Promise<Redis | undefined> {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--save", ""];
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  const started = await new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false));
    child.stdout.on("data", (text: Buffer) => {
      if (text.includes("Ready to accept connections")) resolve(true);
    });
  });
  if (!started) return undefined;
  return {
    port,
    end: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

function start(module: string, url: string, mode: "measure" | "idle"): ChildProcess {
  const path = fileURLToPath(new URL(`./queues/${module}.ts`, import.meta.url));
  return fork(slice, [path, url, mode], {
    execArgv: ["--conditions=kilnjs-source"],
    // What Kiln logs is written, and read by nobody.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, NODE_ENV: "production" },
  });
}

async function measured(module: string, url: string): Promise<Slice> {
  const child = start(module, url, "measure");
  const ended = once(child, "exit");
  const late = setTimeout(() => child.kill("SIGKILL"), longestSlice);
  const [found] = await Promise.race([
    once(child, "message"),
    ended.then(([code]) => Promise.reject(new Error(`${module} ended with ${code}`))),
  ]);
  await ended;
  clearTimeout(late);
  // It sends nothing else.
  return found as Slice;
}

async function query(server: EmbeddedServer, text: string): Promise<void> {
  const client = new Client({ connectionString: server.url() });
  await client.connect();
  await client.query(text);
  await client.end();
}

/** All idle at once, each on a database of its own; PostgreSQL writes down every statement with its database. */
async function idleStatements(
  server: EmbeddedServer,
  databases: ReadonlyMap<string, string>,
): Promise<Map<string, number>> {
  await query(server, "alter system set log_statement = 'all'");
  await query(server, "alter system set log_line_prefix = 'in=%d '");
  await query(server, "select pg_reload_conf()");
  const children = [...databases].map(([name, database]) => start(name, server.url(database), "idle"));
  await Promise.all(children.map((child) => once(child, "message")));
  const log = join(server.folder, "postgres.log");
  const before = readFileSync(log, "utf8").length;
  await wait(idleFor);
  const lines = readFileSync(log, "utf8").slice(before).split("\n");
  const ended = children.map((child) => once(child, "exit"));
  for (const child of children) child.send("end");
  await Promise.all(ended);
  const isStatement = /LOG: {2}(statement|execute|fastpath)/;
  return new Map(
    [...databases].map(([name, database]) => {
      const count = lines.filter((line) => line.startsWith(`in=${database} `) && isStatement.test(line)).length;
      return [name, (count / idleFor) * 1_000];
    }),
  );
}

function percentile(figures: readonly number[], part: number): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length * part)] ?? Number.NaN;
}

const parent = mkdtempSync(join(tmpdir(), "kiln-bench-"));
const server = await acquireEmbeddedServer(join(parent, "database"), { linger: 0 });
const redis = await startRedis(parent);
if (redis === undefined)
  console.log("BullMQ is left out: there is no redis-server (Debian: apt-get install redis-server)\n");
try {
  const all: readonly (readonly [string, string])[] = [
    ...Object.entries(modules),
    ...(redis === undefined ? [] : [["BullMQ", "bullmq"] as const]),
  ];
  const contenders = all.filter(([, module]) => only.length === 0 || only.includes(module));
  const results = new Map<string, Slice[]>(contenders.map(([name]) => [name, []]));
  const load = loadavg()[0]?.toFixed(1);
  const begun = performance.now();
  let round = 0;
  for (; round < rounds && performance.now() - begun < roundsFor; round++) {
    // Each round begins with another one, and every second goes backwards.
    const rotated = contenders.map((_, i) => contenders[(i + round) % contenders.length] ?? ["", ""]);
    for (const [name, module] of round % 2 === 0 ? rotated : rotated.toReversed()) {
      const database = `${module.replaceAll("-", "_")}_${round}`;
      if (module !== "bullmq") await query(server, `create database ${database}`);
      const url = module === "bullmq" ? `redis://127.0.0.1:${redis?.port}/${round}` : server.url(database);
      results.get(name)?.push(await measured(module, url));
    }
  }
  const databases = new Map<string, string>();
  for (const [, module] of contenders) {
    if (module === "pg-boss-each" || module === "bullmq") continue;
    databases.set(module, `${module.replaceAll("-", "_")}_idle`);
    await query(server, `create database ${databases.get(module)}`);
  }
  const idle = await idleStatements(server, databases);

  const rowOf = (
    name: string,
  ): Record<"enqueued" | "completed" | "enqueueCpu" | "completeCpu" | "p50" | "p99", number> => {
    const slices = results.get(name) ?? [];
    const latencies = slices.flatMap((each) => each.latencies);
    return {
      enqueued: median(slices.map((each) => each.enqueued)),
      completed: median(slices.map((each) => each.completed)),
      enqueueCpu: median(slices.map((each) => each.enqueueCpu)),
      completeCpu: median(slices.map((each) => each.completeCpu)),
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
    };
  };
  /** Round by round, for what the machine does besides differs more from round to round than within one. */
  const ratioTo = (name: string, figure: "enqueued" | "completed"): string => {
    const [own = [], others = []] = [results.get("Kiln"), results.get(name)];
    return `${median(own.map((each, i) => each[figure] / (others[i]?.[figure] ?? Number.NaN))).toFixed(2)} x`.padStart(
      8,
    );
  };
  console.log(`${round} rounds, ten jobs at once, 16 callers that enqueue, load of the machine ${load}\n`);
  console.log(
    "                      enqueued/s  Kiln is      CPU  completed/s  Kiln is      CPU  to the start p50   p99     idle statements/s",
  );
  for (const [name, module] of contenders) {
    const { enqueued, completed, enqueueCpu, completeCpu, p50, p99 } = rowOf(name);
    const cells = [
      name.padEnd(20),
      enqueued.toFixed(0).padStart(11),
      ratioTo(name, "enqueued"),
      `${enqueueCpu.toFixed(0)} us`.padStart(8),
      completed.toFixed(0).padStart(12),
      ratioTo(name, "completed"),
      `${completeCpu.toFixed(0)} us`.padStart(8),
      `${p50.toFixed(1)} ms`.padStart(17),
      `${p99.toFixed(1)} ms`.padStart(9),
      (idle.get(module)?.toFixed(2) ?? "-").padStart(12),
    ];
    console.log(cells.join(" "));
  }
  console.log(`
Kiln and pg-boss listen, the loops of "one by one" look twice a second. Idle: statements that PostgreSQL logged in ${idleFor / 1_000} s
(log_statement = all), workers with one queue each. CPU is that of the queue's own process, for one job.
BullMQ's Redis writes to the disk once a second, PostgreSQL at every commit.`);
} finally {
  await redis?.end();
  await server.release();
  rmSync(parent, { recursive: true, force: true });
}
