// CPU per request of a validated POST with three dependencies, a filtered answer and three log lines: Kiln against the
// same by hand, Fastify as its docs set it up, and bare node:http. One run, rounds in mixed order, each with fresh processes,
// medians.
// Run: npm run bench:http
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import autocannon from "autocannon";
import { median } from "./median.ts";

const names = ["raw", "hand-written", "kiln", "fastify"] as const;
type Name = (typeof names)[number];
const rounds = Number(process.env.ROUNDS ?? 9);
const seconds = Number(process.env.SECONDS ?? 2);
const body = JSON.stringify({
  customer: "Ada",
  items: [
    { sku: "a", quantity: 1 },
    { sku: "b", quantity: 2 },
  ],
});
const headers = { "content-type": "application/json", authorization: "Bearer abc" };

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(name: Name): Promise<Server> {
  const reader = spawn("cat", { stdio: ["pipe", "ignore", "inherit"] });
  await once(reader, "spawn");
  const child = fork(new URL(`./http/${name}.ts`, import.meta.url), {
    execArgv: ["--conditions=kilnjs-source"],
    env: { ...process.env, NODE_ENV: "production" },
    // Where lines go decides what writing them costs: a pipe with a reader, as in a container, or LOGS=null for nowhere.
    stdio: ["ignore", process.env.LOGS === "null" ? "ignore" : reader.stdin, "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  // The server has its own end of it by now; with this one closed, the reader ends with the server.
  reader.stdin.destroy();
  return { child, url: `http://127.0.0.1:${port}/shops/7/orders` };
}

async function check(name: Name, { url }: Server): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers, body });
  assert.equal(answer.status, 201, `${name} answered ${answer.status}: ${await answer.clone().text()}`);
  assert.deepEqual(await answer.json(), { id: 1, ...JSON.parse(body), total: 20 }, name);
  if (name === "raw") return;
  assert.ok(answer.headers.get("x-request-id"), `${name} sends a request id`);
  const bad = await fetch(url, { method: "POST", headers, body: JSON.stringify({ customer: "" }) });
  assert.ok(bad.status === 422 || bad.status === 400, `${name} refuses a bad body`);
}

async function cpuOf({ child }: Server): Promise<number> {
  child.send("cpu");
  const [{ cpu }] = (await once(child, "message")) as [{ cpu: NodeJS.CpuUsage }];
  return cpu.user + cpu.system;
}

async function load(server: Server, duration: number): Promise<{ cpu: number; rate: number; p99: number }> {
  const before = await cpuOf(server);
  const result = await autocannon({ url: server.url, method: "POST", headers, body, connections: 32, duration });
  const after = await cpuOf(server);
  assert.equal(result.non2xx, 0);
  return { cpu: (after - before) / result.requests.total, rate: result.requests.average, p99: result.latency.p99 };
}

const figures = new Map<Name, { cpu: number[]; rate: number[]; p99: number[] }>(
  names.map((name) => [name, { cpu: [], rate: [], p99: [] }]),
);

/** One process of its own: how fast a process runs depends on where the machine has put it, as long as it lives. */
async function measure(name: Name): Promise<void> {
  const server = await start(name);
  await check(name, server);
  await load(server, 1);
  const { cpu, rate, p99 } = await load(server, seconds);
  const kept = figures.get(name);
  kept?.cpu.push(cpu);
  kept?.rate.push(rate);
  kept?.p99.push(p99);
  server.child.kill();
  await once(server.child, "exit");
}

for (let round = 0; round < rounds; round++) {
  for (const name of names.toSorted(() => Math.random() - 0.5)) await measure(name);
}
const cpu = (name: Name): number => median(figures.get(name)?.cpu ?? []);
for (const name of names) {
  const { rate, p99 } = figures.get(name) ?? { rate: [], p99: [] };
  console.log(
    `${name.padEnd(13)} ${cpu(name).toFixed(1).padStart(6)} us CPU a request  ${median(rate).toFixed(0).padStart(6)} a second  p99 ${median(p99)} ms`,
  );
}
const ratio = (a: Name, b: Name): string => (cpu(a) / cpu(b)).toFixed(2);
console.log(
  `kiln / hand-written ${ratio("kiln", "hand-written")}   fastify / kiln ${ratio("fastify", "kiln")}   kiln / raw ${ratio("kiln", "raw")}`,
);
