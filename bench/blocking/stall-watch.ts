// What the stall watch costs, idle and under load, with the limits of development and production; and how soon the stack
// of what blocks is there. One process that turns the watch on and off, slices in turn, medians.
// Run: node --conditions=kilnjs-source bench/blocking/stall-watch.ts
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import autocannon from "autocannon";
import { median } from "../median.ts";

export type Order = { readonly kind: "watch"; readonly limit: number } | { readonly kind: "cpu" | "time" };

export interface Answer {
  readonly port?: number;
  readonly cpu?: NodeJS.CpuUsage;
  readonly after?: number;
}

const rounds = Number(process.env.ROUNDS ?? 9);
const idleSeconds = Number(process.env.IDLE_SECONDS ?? 4);
const loadSeconds = Number(process.env.LOAD_SECONDS ?? 2);
const limits = [0, 200, 50] as const;
const names = { 0: "without", 200: "limit 200 ms (production)", 50: "limit 50 ms (development)" } as const;
type Limit = (typeof limits)[number];

async function start(): Promise<{ child: ChildProcess; url: string }> {
  const reader = spawn("cat", { stdio: ["pipe", "ignore", "inherit"] });
  await once(reader, "spawn");
  const child = fork(new URL("./stall-watch/server.ts", import.meta.url), {
    execArgv: ["--conditions=kilnjs-source"],
    env: { ...process.env, NODE_ENV: "production", HOST: "127.0.0.1" },
    stdio: ["ignore", reader.stdin, "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [Answer];
  reader.stdin.destroy();
  return { child, url: `http://127.0.0.1:${port}` };
}

async function ask(child: ChildProcess, order: Order): Promise<Answer> {
  child.send(order);
  const [answer] = (await once(child, "message")) as [Answer];
  return answer;
}

/** Milliseconds of CPU time of the whole process, the monitor's thread with it. */
async function cpuOf(child: ChildProcess): Promise<number> {
  const { cpu } = await ask(child, { kind: "cpu" });
  return cpu === undefined ? Number.NaN : (cpu.user + cpu.system) / 1000;
}

async function turnWatch(child: ChildProcess, limit: Limit): Promise<void> {
  await ask(child, { kind: "watch", limit });
  // The start of the thread is paid once, not all the time.
  await wait(500);
}

/** CPU time of an app that does nothing, in percent of one core. */
async function idleCost(child: ChildProcess): Promise<number> {
  const before = await cpuOf(child);
  await wait(idleSeconds * 1000);
  return ((await cpuOf(child)) - before) / (idleSeconds * 10);
}

/** Microseconds of CPU time for a request. */
async function loadCost(child: ChildProcess, url: string): Promise<number> {
  const before = await cpuOf(child);
  const result = await autocannon({ url: `${url}/hello/7`, connections: 16, duration: loadSeconds });
  return (((await cpuOf(child)) - before) / result.requests.total) * 1000;
}

const { child, url } = await start();
await autocannon({ url: `${url}/hello/7`, connections: 16, duration: 4 });
const idle = new Map<Limit, number[]>(limits.map((limit) => [limit, []]));
const load = new Map<Limit, number[]>(limits.map((limit) => [limit, []]));
for (let round = 0; round < rounds; round++) {
  for (const limit of limits.toSorted(() => Math.random() - 0.5)) {
    await turnWatch(child, limit);
    idle.get(limit)?.push(await idleCost(child));
    load.get(limit)?.push(await loadCost(child, url));
  }
}
const bare = { idle: median(idle.get(0) ?? []), load: median(load.get(0) ?? []) };
for (const limit of limits) {
  const [atRest, busy] = [median(idle.get(limit) ?? []), median(load.get(limit) ?? [])];
  console.log(
    `${names[limit].padEnd(27)} idle ${atRest.toFixed(2)}% of a core (+${(atRest - bare.idle).toFixed(2)})   loaded ${busy.toFixed(2)} us a request (${((busy / bare.load - 1) * 100).toFixed(1)}%)`,
  );
}

for (const limit of [200, 50] as const) {
  await turnWatch(child, limit);
  await ask(child, { kind: "time" });
  const late: number[] = [];
  for (let i = 0; i < 15; i++) {
    let last = Number.NaN;
    const hear = ({ after = last }: Answer): void => {
      last = after;
    };
    child.on("message", hear);
    await (await fetch(`${url}/blocked`)).text();
    child.off("message", hear);
    late.push(last - limit);
    await wait(100);
  }
  console.log(
    `${names[limit].padEnd(27)} stack ${median(late).toFixed(1)} ms after the limit (worst ${Math.max(...late).toFixed(1)})`,
  );
}
child.kill();
