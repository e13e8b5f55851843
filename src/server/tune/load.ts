import { cpus } from "node:os";
import { Worker } from "node:worker_threads";
import { KilnError } from "../../errors/kiln-error.ts";
import { ownFile } from "../../errors/own-files.ts";
import { percentile, type Round } from "./figures.ts";
import type { Rounds } from "./plan.ts";
import { type TreeUse, treeUse } from "./process-tree.ts";
import { answerError, type LoadRequest } from "./requests.ts";
import type { ServedApp } from "./served-app.ts";

/** What one thread is to send. */
export interface LoadOrder {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly requests: readonly LoadRequest[];
}

/** What it tells. */
export type LoadMessage =
  | { readonly kind: "measuring" }
  | {
      readonly kind: "measured";
      /** Milliseconds of every answer. */
      readonly latencies: Float64Array;
      /** Seconds in which they came. */
      readonly seconds: number;
      /** The share of them for which the thread was busy. */
      readonly busy: number;
    }
  | { readonly kind: "refused"; readonly what: string; readonly status: number; readonly text: string }
  | { readonly kind: "failed"; readonly what: string; readonly why: string };

type Sent = Extract<LoadMessage, { kind: "measured" }>;

/** Milliseconds beyond its time after which a thread is given up. */
const patience = 30_000;

function sendFrom(order: LoadOrder, onMeasuring: () => void, signal: AbortSignal): Promise<Sent> {
  const file = ownFile("server/tune/load-thread");
  const thread = new Worker(file, { workerData: order });
  const { promise, resolve, reject } = Promise.withResolvers<Sent>();
  const longest = (order.warmup + order.seconds) * 1000 + patience;
  const overdue = setTimeout(() => reject(new Error("The load generator does not end")), longest);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  thread.once("error", reject);
  thread.once("exit", () => reject(new Error("The load generator ended before its time")));
  // Only load-thread.ts posts here.
  thread.on("message", (message: LoadMessage) => {
    switch (message.kind) {
      case "measuring":
        return onMeasuring();
      case "measured":
        return resolve(message);
      case "refused":
        return reject(answerError(message.what, message.status, message.text));
      case "failed":
        return reject(loadError(message.what, message.why));
      default:
        return message satisfies never;
    }
  });
  return promise.finally(async () => {
    clearTimeout(overdue);
    await thread.terminate();
  });
}

function loadError(what: string, why: string): KilnError {
  return new KilnError("KILN_TUNE_ANSWER", {
    where: "kiln tune",
    what,
    why: `got no answer under load: ${why}`,
    fix: "Look at what the app logs under that load, or load it with fewer --connections",
  });
}

/** What was used between two moments. */
interface Use {
  readonly at: number;
  readonly app: TreeUse | undefined;
  /** Seconds of CPU time of this process. */
  readonly load: number;
  /** Seconds of CPU time of the whole machine. */
  readonly machine: number;
}

function machineSeconds(): number {
  const busy = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  return busy.reduce((sum, one) => sum + one, 0) / 1000;
}

function use(pid: number): Use {
  const { user, system } = process.cpuUsage();
  return { at: performance.now(), app: treeUse(pid), load: (user + system) / 1e6, machine: machineSeconds() };
}

function joined(parts: readonly Sent[]): Float64Array {
  const all = new Float64Array(parts.reduce((length, { latencies }) => length + latencies.length, 0));
  let at = 0;
  for (const { latencies } of parts) {
    all.set(latencies, at);
    at += latencies.length;
  }
  return all.sort();
}

function connectionsOf({ connections, threads }: Rounds, index: number): number {
  return Math.floor(connections / threads) + (index < connections % threads ? 1 : 0);
}

/**
 * Loads an app for one round.
 *
 * @throws KilnError KILN_TUNE_ANSWER when an answer is not 2xx, or does not come
 */
export async function load(
  { url, pid }: ServedApp,
  workers: number,
  plan: Rounds,
  requests: readonly LoadRequest[],
): Promise<Round> {
  const { threads, seconds, warmup } = plan;
  // All threads look at the same seconds, within the few milliseconds that it takes to start them.
  let before: Use | undefined;
  const begin = (): void => {
    before ??= use(pid);
  };
  // What fails in one ends all.
  const halt = new AbortController();
  const sending = Array.from({ length: threads }, (_, index) => {
    const order = { url, connections: connectionsOf(plan, index), seconds, warmup, requests };
    return sendFrom(order, begin, halt.signal);
  });
  const parts = await Promise.all(sending).finally(() => halt.abort());
  const after = use(pid);
  const latencies = joined(parts);
  const began = before ?? after;
  const elapsed = (after.at - began.at) / 1000;
  const cpu =
    after.app === undefined || began.app === undefined ? undefined : (after.app.cpu - began.app.cpu) / elapsed;
  const loadCpu = (after.load - began.load) / elapsed;
  return {
    workers,
    throughput: parts.reduce((sum, part) => sum + part.latencies.length / part.seconds, 0),
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    cpu,
    memory: after.app?.memory,
    loadCpu,
    otherCpu: cpu === undefined ? undefined : Math.max(0, (after.machine - began.machine) / elapsed - cpu - loadCpu),
    loadBusy: Math.max(...parts.map(({ busy }) => busy)),
  };
}
