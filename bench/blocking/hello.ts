// What a client that asks for little waits while others ask for much. Four clients keep calling `/burn`, which takes 500 ms of
// CPU, each again as soon as it has its answer; another asks `/hello` 100 times a second, by the clock. Measured is the time
// from when a `/hello` was due until its answer was there: median and 99th percentile of each round, medians over rounds.
//
//   kiln-blocking   Kiln, the work in `blocking()`: a thread pool of its default size
//   kiln-naive      Kiln, the work in the handler; below the table the report that it printed
//   fastify-naive   Fastify, the work in the handler
//   nest-naive      NestJS on Express, the work in the handler
//   fastapi-async   FastAPI on gunicorn, uvicorn and uvloop, the work in an `async def`: on its event loop
//   fastapi-def     the same, the work in a `def`: in its thread pool, under one interpreter lock
//
// One worker process each, production mode, logs as each has them by default; `/hello` of FastAPI is an `async def`, which needs no
// thread. Clients are a process of their own. Every round starts each server anew, in mixed order, and checks its answers.
// Run: npm run bench:blocking     (ROUNDS=3 SECONDS=8 ONLY=kiln-blocking,fastapi-def)
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, loadavg } from "node:os";
import { median } from "../median.ts";
import type { LoadRequest, LoadResult } from "./loader.ts";
import { fastapiMissing, type Server, startFastapi, startNode } from "./servers.ts";

const starts: Readonly<Record<string, () => Promise<Server>>> = {
  "kiln-blocking": () => startNode("kiln-blocking"),
  "kiln-naive": () => startNode("kiln-naive"),
  "fastify-naive": () => startNode("fastify-naive"),
  "nest-naive": () => startNode("nest-naive"),
  "fastapi-async": () => startFastapi("async"),
  "fastapi-def": () => startFastapi("def"),
};
const rounds = Number(process.env.ROUNDS ?? 3);
const seconds = Number(process.env.SECONDS ?? 8);
const only = process.env.ONLY?.split(",");

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly bad: number;
  readonly burnsPerSecond: number;
  readonly lateP99: number;
}

function percentile(figures: readonly number[], part: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

async function check(name: string, { url }: Server): Promise<void> {
  const hello = await fetch(`${url}/hello`);
  assert.deepEqual([hello.status, await hello.json()], [200, { hello: "world" }], name);
  const burn = await fetch(`${url}/burn`);
  assert.equal(burn.status, 200, name);
  const { burned } = (await burn.json()) as { burned: number };
  assert.ok(burned >= 500 && burned < 550, `${name} burned ${burned} ms of CPU`);
}

async function load(request: LoadRequest): Promise<LoadResult> {
  const loader = fork(new URL("./loader.ts", import.meta.url));
  loader.send(request);
  const [result] = (await once(loader, "message")) as [LoadResult];
  return result;
}

async function measure(name: string, start: () => Promise<Server>): Promise<{ round: Round; report?: string }> {
  const server = await start();
  try {
    await check(name, server);
    await load({ url: server.url, seconds: 1, helloPerSecond: 100, burners: 1 });
    const result = await load({ url: server.url, seconds, helloPerSecond: 100, burners: 4 });
    const round = {
      p50: percentile(result.hello, 0.5),
      p99: percentile(result.hello, 0.99),
      longest: Math.max(...result.hello),
      bad: result.bad + result.badBurns,
      burnsPerSecond: (result.burns * 1000) / result.elapsed,
      lateP99: percentile(result.late, 0.99),
    };
    const [report] = server.reports;
    return report === undefined ? { round } : { round, report };
  } finally {
    await server.stop();
  }
}

function chosen(): string[] {
  const missing = fastapiMissing();
  if (missing !== undefined) console.log(missing);
  return Object.keys(starts)
    .filter((name) => only === undefined || only.includes(name))
    .filter((name) => missing === undefined || !name.startsWith("fastapi"));
}

/** Another order every round, so that no server always comes after the same one. */
function rotated(names: readonly string[], by: number): string[] {
  const turned = [...names.slice(by % names.length), ...names.slice(0, by % names.length)];
  return by % 2 === 0 ? turned : turned.reverse();
}

const load1 = (): string => (loadavg()[0] ?? 0).toFixed(1);
const names = chosen();
const figures = new Map<string, Round[]>(names.map((name) => [name, []]));
const reports = new Map<string, string>();
console.log(
  `${rounds} rounds of ${seconds} s, ${availableParallelism()} cores, load of the machine before: ${load1()}; milliseconds`,
);
for (let number = 0; number < rounds; number += 1) {
  for (const name of rotated(names, number)) {
    const start = starts[name];
    if (start === undefined) continue;
    const { round, report } = await measure(name, start);
    figures.get(name)?.push(round);
    if (report !== undefined) reports.set(name, report);
  }
}

const of = (name: string, field: keyof Round): number => median((figures.get(name) ?? []).map((round) => round[field]));
const spread = (name: string, field: keyof Round): string => {
  const values = (figures.get(name) ?? []).map((round) => round[field]);
  return `${Math.min(...values).toFixed(1)} - ${Math.max(...values).toFixed(1)}`;
};
console.table(
  Object.fromEntries(
    names.map((name) => [
      name,
      {
        "p50 ms": of(name, "p50").toFixed(1),
        "p99 ms": of(name, "p99").toFixed(1),
        "p99 of rounds": spread(name, "p99"),
        "longest ms": of(name, "longest").toFixed(1),
        "wrong answers": figures.get(name)?.reduce((sum, { bad }) => sum + bad, 0),
        "burns/s": of(name, "burnsPerSecond").toFixed(2),
        "asked late, p99 ms": of(name, "lateP99").toFixed(1),
      },
    ]),
  ),
);
for (const name of names) {
  if (name === "kiln-blocking" || !names.includes("kiln-blocking")) continue;
  const aim = name === "fastapi-def" ? 5 : 20;
  const ratio = of(name, "p99") / of("kiln-blocking", "p99");
  console.log(`p99 of ${name} / p99 of kiln-blocking: ${ratio.toFixed(1)} x (aim: at least ${aim})`);
}
for (const [name, report] of reports) console.log(`\n${name} said: ${report}`);
console.log(`\nload of the machine after: ${load1()}`);
