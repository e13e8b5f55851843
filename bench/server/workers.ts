// What a second worker brings, and what the supervisor costs: requests a second of two workers against one process, with the CPU
// that the load generator takes; CPU of the supervisor while nothing and while everything is asked; CPU a request of a single
// process and of a worker that is supervised.
// Run: npm run bench:workers [throughput,supervisor,request] [rounds]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { median } from "../median.ts";
import { ask } from "./clients.ts";
import { childrenOf, freePort } from "./contender.ts";
import { printTable } from "./table.ts";

const [, , parts = "throughput,supervisor,request", times = "5"] = process.argv;
const rounds = Number(times);
const connections = 64;
const root = fileURLToPath(new URL("../..", import.meta.url));

interface Running {
  readonly url: string;
  /** The process that was started: the app itself, or its supervisor. */
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

async function start(workers: number): Promise<Running> {
  const port = await freePort();
  // As in production, each request is logged; nobody reads it here.
  const log = openSync("/dev/null", "w");
  const args = ["--workers", String(workers), "--port", String(port), "--host", "127.0.0.1", "--no-admin"];
  const child = spawn(
    process.execPath,
    ["--conditions=kilnjs-source", `${root}bin/kiln.js`, "start", `${root}bench/server/app.ts`, ...args],
    { stdio: ["ignore", log, "inherit"], env: { ...process.env, NODE_ENV: "production" } },
  );
  closeSync(log);
  const orphan = (): void => void child.kill("SIGKILL");
  process.once("exit", orphan);
  const url = `http://127.0.0.1:${port}`;
  const serving = new Set<number>();
  while (serving.size < workers) {
    if (child.exitCode !== null) throw new Error(`kiln start ended with ${child.exitCode}`);
    const { pid, outcome } = await ask(url, false);
    if (outcome === "ok") serving.add(pid);
    await setTimeout(20);
  }
  return {
    url,
    pid: child.pid ?? 0,
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
      process.off("exit", orphan);
    },
  };
}

/** Milliseconds that all threads of a process have had a core. */
function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map(
    (thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0],
  );
  return nanoseconds.reduce((sum, each) => sum + Number(each), 0) / 1e6;
}

/** Milliseconds that the cores of the machine have been busy, all added up. */
function busyCores(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/).map(Number) ?? [];
  // In ticks of ten milliseconds.
  return (user + nice + system + irq + softirq) * 10;
}

interface Window {
  readonly requests: number;
  readonly milliseconds: number;
  /** Milliseconds of CPU of each process that was looked at. */
  readonly cpu: readonly number[];
  readonly generator: number;
  /** Of the whole machine. */
  readonly busy: number;
}

/** Loads a server, and looks at it when its connections have been open for a second. */
async function measure(url: string, pids: readonly number[], seconds: number): Promise<Window> {
  let requests = 0;
  const setupClient = (client: autocannon.Client): void => void client.on("response", () => (requests += 1));
  const done = autocannon({ url, connections, duration: seconds + 2, setupClient });
  await setTimeout(1_000);
  const read = (): Window => {
    const { user, system } = process.cpuUsage();
    const cpu = pids.map(cpuOf);
    const generator = (user + system) / 1e3;
    return { requests, milliseconds: performance.now(), cpu, generator, busy: busyCores() };
  };
  const before = read();
  await setTimeout(seconds * 1_000);
  const after = read();
  const { non2xx, errors, timeouts } = await done;
  if (non2xx + errors + timeouts > 0) throw new Error(`${non2xx} other answers than 2xx, ${errors + timeouts} errors`);
  return {
    requests: after.requests - before.requests,
    milliseconds: after.milliseconds - before.milliseconds,
    cpu: after.cpu.map((each, index) => each - (before.cpu[index] ?? 0)),
    generator: after.generator - before.generator,
    busy: after.busy - before.busy,
  };
}

const sum = (figures: readonly number[]): number => figures.reduce((total, each) => total + each, 0);
const rate = ({ requests, milliseconds }: Window): number => (requests / milliseconds) * 1e3;

async function throughput(): Promise<void> {
  const services = new Map<number, Running>();
  for (const workers of [1, 2]) services.set(workers, await start(workers));
  const rows = [["route", "workers", "requests a second", "", "cores of the server", "of the generator", "of others"]];
  for (const route of ["/", "/work"]) {
    const found = new Map<number, Window[]>([
      [1, []],
      [2, []],
    ]);
    for (let round = 0; round < rounds; round++) {
      for (const [workers, { url, pid }] of services) {
        const pids = workers === 1 ? [pid] : childrenOf(pid);
        found.get(workers)?.push(await measure(url + route, pids, 3));
      }
    }
    const one = median((found.get(1) ?? []).map(rate));
    for (const [workers, windows] of found) {
      const cores = (of: (window: Window) => number): string =>
        median(windows.map((window) => of(window) / window.milliseconds)).toFixed(2);
      const middle = median(windows.map(rate));
      const times = `${(middle / one).toFixed(2)} times`;
      const others = cores(({ busy, cpu, generator }) => busy - sum(cpu) - generator);
      const server = cores(({ cpu }) => sum(cpu));
      rows.push([
        route,
        String(workers),
        middle.toFixed(0),
        times,
        server,
        cores(({ generator }) => generator),
        others,
      ]);
    }
  }
  for (const service of services.values()) await service.stop();
  console.log(`${availableParallelism()} cores, ${connections} connections, ${rounds} rounds of 3 s in turn, medians`);
  printTable(rows);
}

async function supervisor(): Promise<void> {
  const { url, pid, stop } = await start(2);
  const idle: number[] = [];
  const loaded: Window[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = cpuOf(pid);
    await setTimeout(5_000);
    idle.push(cpuOf(pid) - before);
    loaded.push(await measure(url, [pid], 5));
  }
  await stop();
  const requests = sum(loaded.map((window) => window.requests));
  const cpu = loaded.map((window) => window.cpu[0] ?? 0);
  const extra = (sum(cpu) - sum(idle)) * 1e3;
  const each = (figures: readonly number[]): string => figures.map((figure) => figure.toFixed(1)).join(" ");
  console.log(`\nCPU of the supervisor in 5 s, milliseconds, ${rounds} rounds in turn`);
  console.log(`nothing is asked                ${each(idle)}`);
  console.log(`${requests} requests on kept connections  ${each(cpu)}`);
  console.log(`the difference: ${(extra / requests).toFixed(3)} us a request`);
}

async function cpuOfRequest(): Promise<void> {
  const single = await start(1);
  const supervised = await start(2);
  supervised.signal("SIGTTOU");
  while (childrenOf(supervised.pid).length > 1) await setTimeout(50);
  const [worker = 0] = childrenOf(supervised.pid);
  const ways = [
    { name: "a single process", url: single.url, pids: [single.pid], found: [] as number[] },
    { name: "one supervised worker", url: supervised.url, pids: [worker], found: [] as number[] },
  ];
  for (let round = 0; round < 2 * rounds; round++) {
    for (const { url, pids, found } of round % 2 === 0 ? ways : ways.toReversed()) {
      const { cpu, requests } = await measure(url, pids, 3);
      // The first round warms up.
      if (round > 0) found.push((sum(cpu) * 1e3) / requests);
    }
  }
  await single.stop();
  await supervised.stop();
  console.log(`\nCPU a request, microseconds, ${2 * rounds - 1} rounds in turn`);
  const rows = ways.map(({ name, found }) => {
    const range = `${Math.min(...found).toFixed(1)} to ${Math.max(...found).toFixed(1)}`;
    return [name, median(found).toFixed(1), range];
  });
  printTable([["", "median", "all"], ...rows]);
}

for (const [name, run] of Object.entries({ throughput, supervisor, request: cpuOfRequest })) {
  if (parts.split(",").includes(name)) await run();
}
