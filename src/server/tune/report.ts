import { availableParallelism } from "node:os";
import { environmentName } from "../../app/environment.ts";
import type { Cheapest } from "./cheapest.ts";
import type { Measured } from "./figures.ts";
import { reckonedSeconds, type TunePlan } from "./plan.ts";
import type { Recommendation } from "./recommend.ts";
import { type LoadRequest, shown } from "./requests.ts";

/** Columns of the longest bar. */
const widest = 40;
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function cores(value: number | undefined): string {
  return value === undefined ? "?" : value.toFixed(2);
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Said before anything is started. */
export function announcement(plan: TunePlan): string {
  const { counts, rounds, seconds, warmup, connections, threads } = plan;
  const numbers =
    counts.length === 1 ? `${counts[0]} worker${counts[0] === 1 ? "" : "s"}` : `${counts.join(", ")} workers`;
  return [
    `Measures ${numbers}: ${rounds} × ${seconds} s each, after ${warmup} s of warm-up; ${connections} connections from ${threads} thread${threads === 1 ? "" : "s"}.`,
    `It takes about ${reckonedSeconds(plan)} s. The load comes from this machine (${availableParallelism()} cores), so the app does not have it for itself.`,
    "",
  ].join("\n");
}

/** Which requests are sent, and why these. */
export function routesLine(requests: readonly LoadRequest[], cheapest: Cheapest | undefined): string {
  const environment = environmentName();
  const where = environment === "production" ? "" : ` (NODE_ENV is ${environment})`;
  const list = requests.map(shown).join(", ");
  if (cheapest === undefined) return `Sends ${list}${where}.\n`;
  const { latency, among } = cheapest;
  return (
    `Sends ${list}${where}, the cheapest of ${among} GET route${among === 1 ? "" : "s"} without parameters, with ${latency.toFixed(1)} ms. ` +
    "What your users ask for most says more: name it with --route.\n"
  );
}

function share({ cpu, loadCpu }: Measured): string {
  return cpu === undefined || cpu + loadCpu === 0 ? "?" : `${Math.round((100 * loadCpu) / (cpu + loadCpu))}%`;
}

/** The figures as rows of a table; the first is the heading. */
export function rowsOf(measured: readonly Measured[]): readonly (readonly string[])[] {
  const heading = ["WORKERS", "ANSWERS/S", "SPREAD", "P50", "P99", "APP CORES", "MEMORY", "LOAD CORES", "LOAD SHARE"];
  const rows = measured.map((one) => [
    String(one.workers),
    thousands(one.throughput),
    one.rounds === 1 ? "" : `±${Math.round(one.spread * 100)}%`,
    milliseconds(one.p50),
    milliseconds(one.p99),
    cores(one.cpu),
    one.memory === undefined ? "?" : `${Math.round(one.memory / 1024 / 1024)} MB`,
    cores(one.loadCpu),
    share(one),
  ]);
  return [heading, ...rows];
}

function bar(share: number): string {
  const eighth = Math.round(share * widest * 8);
  return "█".repeat(Math.floor(eighth / 8)) + eighths[eighth % 8];
}

/** The throughput as bars, and which of them is recommended. */
export function chart(measured: readonly Measured[], chosen: number): string {
  const best = Math.max(...measured.map(({ throughput }) => throughput), 1);
  const wide = Math.max(...measured.map(({ workers }) => String(workers).length));
  const lines = measured.map(({ workers, throughput }) => {
    const mark = workers === chosen ? "  <-" : "";
    return `${String(workers).padStart(wide)}  ${bar(throughput / best).padEnd(widest)}  ${thousands(throughput)}/s${mark}\n`;
  });
  return lines.join("");
}

/** What to make of it. */
export function verdict({ workers, why, doubts }: Recommendation, measured: readonly Measured[]): string {
  const omitted = measured.some(({ cpu }) => cpu === undefined)
    ? ["CPU and memory of the app are read from Linux; this system does not tell them."]
    : [];
  return [
    `Recommended: ${workers} worker${workers === 1 ? "" : "s"}, ${why}.`,
    ...doubts.map((doubt) => `But ${doubt}.`),
    ...omitted,
    "",
  ].join("\n");
}
