// CPU per request of the POST of bench/http/kiln.ts (three dependencies, a handler, three log lines) by how it is traced: without an
// SDK, with one that samples nothing, with one that samples everything and hands the spans to nobody.
// Run: npm run bench:tracing
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { median } from "./median.ts";

const names = ["none", "unsampled", "sampled"] as const;
type Name = (typeof names)[number];
const rounds = Number(process.env.ROUNDS ?? 5);
const amount = Number(process.env.REQUESTS ?? 10_000);
const headers = { "content-type": "application/json", authorization: "Bearer abc" };
const body = JSON.stringify({ customer: "Ada", items: [{ sku: "a", quantity: 1 }] });
const sdk = fileURLToPath(new URL("tracing/sdk.ts", import.meta.url));

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send("cpu");
  const [{ cpu }] = (await once(child, "message")) as [{ cpu: NodeJS.CpuUsage }];
  return cpu.user + cpu.system;
}

async function measure(name: Name): Promise<number> {
  const child = fork(new URL("http/kiln.ts", import.meta.url), {
    execArgv: ["--conditions=kilnjs-source", ...(name === "none" ? [] : ["--import", sdk])],
    env: { ...process.env, NODE_ENV: "production", TRACE: name },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const load = async (requests: number): Promise<number> => {
    const url = `http://127.0.0.1:${port}/shops/7/orders`;
    const before = await cpuOf(child);
    const result = await autocannon({ url, method: "POST", headers, body, connections: 32, amount: requests });
    assert.equal(result.non2xx, 0);
    return ((await cpuOf(child)) - before) / result.requests.total;
  };
  await load(amount / 2);
  const cost = await load(amount);
  child.kill();
  await once(child, "exit");
  return cost;
}

const figures = new Map<Name, number[]>(names.map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const name of names.toSorted(() => Math.random() - 0.5)) figures.get(name)?.push(await measure(name));
}
for (const name of names) {
  const costs = figures.get(name) ?? [];
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  console.log(
    `${name.padEnd(10)} ${median(costs).toFixed(1)} us CPU a request (${least.toFixed(1)} to ${most.toFixed(1)})`,
  );
}
