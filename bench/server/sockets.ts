// Which way of sharing one port between workers? Evenness of keep-alive connections and requests over the workers,
// throughput, and connections a second without keep-alive, for: the cluster's round robin, one listening socket that all
// workers accept from, a socket of each worker's own (reusePort), and connections that the supervisor accepts and hands to
// the worker that has the fewest.
// Run: npm run bench:sockets [workers]
import { type ChildProcess, spawn } from "node:child_process";
import cluster from "node:cluster";
import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { Handover, type Taker } from "../../src/server/handover.ts";
import { median } from "../median.ts";

const ways = ["round robin", "shared socket", "reusePort", "handed over"] as const;
type Way = (typeof ways)[number];
const file = fileURLToPath(import.meta.url);
const [, , role = "2"] = process.argv;

interface Took {
  readonly took?: number;
  readonly open: number;
}

interface Figures {
  readonly requests: number;
  readonly connections: number;
  readonly cpu: number;
}

/** One worker: counts what it gets, and tells when asked. */
async function work(way: Way): Promise<void> {
  let requests = 0;
  let connections = 0;
  // About as much work as a small handler.
  const body = JSON.stringify(Array.from({ length: 20 }, (_, id) => ({ id, title: `Item ${id}` })));
  const server = createHttpServer((_, response) => {
    requests += 1;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(JSON.parse(body)));
  });
  server.on("connection", () => (connections += 1));
  let open = 0;
  process.on("message", (message: { readonly id?: number }, socket: Socket | undefined) => {
    if (message.id !== undefined && socket !== undefined) {
      open += 1;
      process.send?.({ took: message.id, open } satisfies Took);
      server.emit("connection", socket);
      socket.once("close", () => {
        open -= 1;
        process.send?.({ open });
      });
      return;
    }
    const cpu = process.cpuUsage();
    process.send?.({ requests, connections, cpu: cpu.user + cpu.system } satisfies Figures);
    requests = 0;
    connections = 0;
  });
  if (way !== "handed over") await listen(server, way);
  process.send?.({ port: way === "handed over" ? 0 : (server.address() as AddressInfo).port });
}

async function listen(server: Server, way: Way): Promise<void> {
  const port = Number(process.env.BENCH_PORT ?? 0);
  const own = way === "reusePort" ? { exclusive: true, reusePort: true } : {};
  await once(server.listen({ port, host: "127.0.0.1", ...own }), "listening");
}

/** A port that is free now, for workers that each bind it. */
async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Kiln's own way, with its own code on the supervisor's side. */
async function handOver(workers: readonly ChildProcess[]): Promise<number> {
  const handover = new Handover();
  for (const worker of workers) {
    const taker: Taker = {
      open: 0,
      give: (id, socket) => worker.send({ id }, socket, { keepOpen: true }, () => {}),
    };
    worker.on("message", (message: Partial<Took>) => {
      if (message.open === undefined) return;
      taker.open = message.open;
      if (message.took !== undefined) handover.took(taker, message.took);
    });
    handover.add(taker);
  }
  const address = await handover.listen({ host: "127.0.0.1", port: 0 });
  return typeof address === "string" ? 0 : address.port;
}

/** The process that supervises: starts the workers in one way and says where they are; then answers for their figures. */
async function supervise(way: Way, count: number): Promise<void> {
  cluster.schedulingPolicy = way === "shared socket" ? cluster.SCHED_NONE : cluster.SCHED_RR;
  cluster.setupPrimary({ exec: file, args: [`worker:${way}`] });
  const env = way === "reusePort" ? { BENCH_PORT: String(await freePort()) } : {};
  const workers = Array.from({ length: count }, () => cluster.fork(env).process);
  const ports = await Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0].port as number));
  const port = way === "handed over" ? await handOver(workers) : ports[0];
  process.send?.({ port });
  process.on("message", async () => {
    const answers = await Promise.all(
      workers.map((worker) => {
        const answer = new Promise<Figures>((resolve) => {
          const hear = (message: unknown): void => {
            if (typeof message !== "object" || message === null || !("requests" in message)) return;
            worker.off("message", hear);
            resolve(message as Figures);
          };
          worker.on("message", hear);
        });
        worker.send({ figures: true });
        return answer;
      }),
    );
    const own = process.cpuUsage();
    process.send?.({ workers: answers, cpu: own.user + own.system });
  });
}

interface Answer {
  readonly workers: readonly Figures[];
  readonly cpu: number;
}

interface Round {
  readonly rate: number;
  /** The fewest connections of a worker through the most, and the same of requests; 1 is even. */
  readonly connections: number;
  readonly requests: number;
  readonly p99: number;
  /** Connections a second when every request opens its own. */
  readonly opened: number;
  /** Microseconds of the supervisor's CPU for each. */
  readonly cost: number;
}

async function ask(child: ChildProcess): Promise<Answer> {
  child.send("figures");
  const [answer] = (await once(child, "message")) as [Answer];
  return answer;
}

async function measure(way: Way, count: number): Promise<Round> {
  const child = spawn(process.execPath, [file, `supervisor:${way}`, String(count)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const url = `http://127.0.0.1:${port}`;
  await autocannon({ url, connections: 64, duration: 1 });
  // The connections of the warm-up are gone by then.
  await setTimeout(500);
  await ask(child);
  const kept = await autocannon({ url, connections: 64, duration: 3 });
  const { workers, cpu } = await ask(child);
  const each = await autocannon({ url, connections: 64, duration: 2, headers: { connection: "close" } });
  const after = await ask(child);
  child.kill();
  await once(child, "exit");
  const spread = (name: "connections" | "requests"): number => {
    const values = workers.map((worker) => worker[name]);
    return Math.min(...values) / Math.max(...values);
  };
  const opened = after.workers.reduce((sum, worker) => sum + worker.connections, 0);
  return {
    rate: kept.requests.average,
    p99: kept.latency.p99,
    connections: spread("connections"),
    requests: spread("requests"),
    opened: each.requests.average,
    cost: (after.cpu - cpu) / opened,
  };
}

async function main(count: number): Promise<void> {
  const rounds = Number(process.env.ROUNDS ?? 5);
  const results = new Map<Way, Round[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    for (const way of ways.toSorted(() => Math.random() - 0.5)) results.get(way)?.push(await measure(way, count));
  }
  console.log(`${count} workers, 64 connections, ${rounds} rounds, medians; evenness is fewest / most of a worker`);
  for (const [way, found] of results) {
    const of = (name: keyof Round, digits = 0): string => median(found.map((each) => each[name])).toFixed(digits);
    const worst = Math.min(...found.map(({ connections }) => connections)).toFixed(2);
    console.log(
      `${way.padEnd(14)} ${of("rate").padStart(6)} requests a second  p99 ${of("p99")} ms  even: connections ${of("connections", 2)} (worst ${worst}), requests ${of("requests", 2)}  ${of("opened").padStart(5)} connections a second, ${of("cost")} us of the supervisor each`,
    );
  }
}

const [kind, way] = role.split(":") as [string, Way];
if (kind === "worker") await work(way);
else if (kind === "supervisor") await supervise(way, Number(process.argv[3]));
else await main(Number(role));
