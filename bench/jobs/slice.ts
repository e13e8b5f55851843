/** One queue, measured in a process of its own; `bench.ts` starts it. */
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import type { Open } from "./queues/contender.ts";

/** What a slice came to. */
export interface Slice {
  /** Per second. */
  readonly enqueued: number;
  /** Per second. */
  readonly completed: number;
  /** CPU of the process for enqueueing one and for running one, in microseconds. */
  readonly enqueueCpu: number;
  readonly completeCpu: number;
  /** From the call that enqueues to the start of the job, in milliseconds. */
  readonly latencies: readonly number[];
}

const enqueueFor = 1_000;
const asking = 16;
const backlog = 2_500;
const drainLimit = 5_000;
const probes = 40;
const probeFor = 1_500;

const [module = "", url = "", mode = "measure"] = process.argv.slice(2);
// Each of the modules that `bench.ts` names exports it.
const { open } = (await import(module)) as { open: Open };
const contender = await open(url);

/** CPU of this process since `since`, in microseconds. */
function cpu(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

async function enqueueMany(): Promise<{ readonly count: number; readonly perSecond: number; readonly used: number }> {
  for (let n = 0; n < 50; n++) await contender.enqueue(-1);
  let count = 0;
  const before = process.cpuUsage();
  const begun = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - begun < enqueueFor) {
      await contender.enqueue(-1);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: asking }, client));
  const perSecond = (count / (performance.now() - begun)) * 1_000;
  return { count: count + 50, perSecond, used: cpu(before) / count };
}

/** Puts more jobs in, so that those that run are many; PostgreSQL does not wait for its disk meanwhile. */
async function fill(): Promise<void> {
  const client = url.startsWith("redis:") ? undefined : new Client({ connectionString: url });
  await client?.connect();
  await client?.query("alter system set synchronous_commit = off");
  await client?.query("select pg_reload_conf()");
  await Promise.all(Array.from({ length: backlog }, () => contender.enqueue(-1)));
  await client?.query("alter system reset synchronous_commit");
  await client?.query("select pg_reload_conf()");
  await client?.end();
}

const started = new Map<number, () => void>();
const runs: number[] = [];

/** From the first tenth, when every connection is open, to the last job. */
function rate(): number {
  const first = Math.floor(runs.length / 10);
  const span = (runs.at(-1) ?? 0) - (runs[first] ?? 0);
  return ((runs.length - 1 - first) / span) * 1_000;
}

async function measure(): Promise<Slice> {
  const { count: first, perSecond, used } = await enqueueMany();
  await fill();
  const count = first + backlog;
  const all = Promise.withResolvers<void>();
  let before = process.cpuUsage();
  await contender.work((n) => {
    if (n >= 0) return started.get(n)?.();
    // The start of the worker itself is left out.
    if (runs.push(performance.now()) === 10) before = process.cpuUsage();
    if (runs.length === count) all.resolve();
  });
  await Promise.race([all.promise, wait(drainLimit)]);
  const rates = {
    enqueued: perSecond,
    completed: rate(),
    enqueueCpu: used,
    completeCpu: cpu(before) / (runs.length - 10),
  };
  // What is left stands before the probes.
  if (runs.length < count) return { ...rates, latencies: [] };
  await wait(300);
  const latencies: number[] = [];
  const until = performance.now() + probeFor;
  for (let n = 0; n < probes && performance.now() < until; n++) {
    await wait(5 + Math.random() * 20);
    const begun = performance.now();
    const start = new Promise<void>((resolve) => started.set(n, resolve));
    await contender.enqueue(n);
    await start;
    latencies.push(performance.now() - begun);
  }
  return { ...rates, latencies };
}

if (mode === "measure") {
  process.send?.(await measure());
} else {
  await contender.work(() => undefined);
  // What a start does is not what an idle worker does.
  await wait(3_000);
  process.send?.("idle");
  await new Promise((resolve) => process.once("message", resolve));
}
await contender.close();
process.disconnect?.();
