import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { isProduction } from "../app/environment.ts";
import { endBy } from "../app/signals.ts";
import { requirePeer } from "../errors/peer.ts";
import { countsUpTo, type TunePlan, threadsFor } from "../server/tune/plan.ts";
import { recommend } from "../server/tune/recommend.ts";
import { announcement, chart, routesLine, rowsOf, verdict } from "../server/tune/report.ts";
import type { Kiln } from "../server/tune/served-app.ts";
import { tune as measure } from "../server/tune/tune.ts";
import { thisMachine, workersFor } from "../server/worker-count.ts";
import { findEntry } from "./entry.ts";
import { withWorkers } from "./record-workers.ts";
import { table } from "./table.ts";
import { requestsOf, type TuneOptions, tuneOptionsError } from "./tune-options.ts";

/** A row of `kiln routes --json`. */
interface ListedRoute {
  readonly method: string;
  readonly path: string;
}

const listLimit = 16 * 1024 * 1024;

/** In a process of its own: what the app's modules do when they are imported is not done in the one that sends the load. */
async function plainPaths({ command, env }: Kiln, entry: string, signal: AbortSignal): Promise<readonly string[]> {
  const [program, ...first] = command;
  const options = { env, signal, maxBuffer: listLimit };
  const { stdout } = await promisify(execFile)(program, [...first, "routes", entry, "--json"], options);
  // Our own command's output.
  const listed = JSON.parse(stdout) as readonly ListedRoute[];
  const plain = listed.filter(({ method, path }) => method === "GET" && !/[:*]/.test(path));
  return [...new Set(plain.map(({ path }) => path))];
}

/** The package.json that the number is to be written into; looked at before the minutes that measuring takes. */
async function packageText(): Promise<{ readonly path: string; readonly text: string }> {
  const path = resolve("package.json");
  try {
    const text = await readFile(path, "utf8");
    const found: unknown = JSON.parse(text);
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return { path, text };
  } catch (error) {
    throw tuneOptionsError("--write", `cannot read ${path}: ${error}`, "Run it in the folder of package.json");
  }
  throw tuneOptionsError("--write", `finds no object in ${path}`, "Mend package.json");
}

/** Aborted by the first signal, with its name; the second ends this process at once. */
function untilSignalled(): AbortSignal {
  const stop = new AbortController();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + constants.signals[signal]);
      stop.abort(signal);
    });
  }
  return stop.signal;
}

/** What a signal has ended, ends by that signal. */
function orEnd(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    if (!signal.aborted) throw error;
    process.removeAllListeners(signal.reason);
    endBy(signal.reason);
  };
}

function environment(): NodeJS.ProcessEnv {
  const { NODE_ENV: name = "" } = process.env;
  // A shell of development must not be measured; staging may be what is meant.
  return { ...process.env, NODE_ENV: name !== "" && isProduction(name) ? name : "production" };
}

async function planOf(entry: string, options: TuneOptions): Promise<TunePlan> {
  const machine = thisMachine();
  const threads = options.threads ?? threadsFor(machine.cores);
  return {
    entry,
    counts: countsUpTo(options.max ?? workersFor(machine)),
    rounds: options.rounds ?? 3,
    seconds: options.seconds ?? 3,
    warmup: options.warmup ?? 1,
    connections: Math.max(options.connections ?? 64, threads),
    threads,
    requests: await requestsOf(options.route ?? []),
  };
}

function say(text: string): void {
  process.stdout.write(text);
}

/** Shows on a terminal how far it is; a file gets the result only. */
function progress(plan: TunePlan): (workers: number, throughput: number, index: number) => void {
  const all = plan.counts.length * plan.rounds;
  return (workers, throughput, index) => {
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r\u001b[K${index} of ${all}: ${workers} workers, ${Math.round(throughput)}/s`);
    if (index === all) process.stderr.write("\r\u001b[K");
  };
}

/** `kiln tune`: measures how many workers serve the app best on this machine. */
export async function tune(argument: string | undefined, options: TuneOptions): Promise<void> {
  // Before anything is started that would have to be ended again.
  requirePeer("autocannon", "kiln tune");
  const env = environment();
  process.env.NODE_ENV = env.NODE_ENV;
  const target = options.write === true ? await packageText() : undefined;
  const plan = await planOf(await findEntry(argument), options);
  const kiln: Kiln = { command: [process.execPath, ...process.execArgv, process.argv[1] ?? "kiln"], env };
  const signal = untilSignalled();
  const show = progress(plan);
  say(announcement(plan));
  const measured = await measure(plan, {
    ...kiln,
    signal,
    paths: () => plainPaths(kiln, plan.entry, signal),
    onRequests: (requests, cheapest) => say(routesLine(requests, cheapest)),
    onRound: ({ workers, throughput }, index) => show(workers, throughput, index),
  }).catch(orEnd(signal));
  const found = recommend(measured);
  say(`\n${table(rowsOf(measured))}\n${chart(measured, found.workers)}\n${verdict(found, measured)}`);
  if (target === undefined)
    return say('Record it with --write, for kiln start: "kiln": { "workers": ... } in package.json.\n');
  await writeFile(target.path, withWorkers(target.text, found.workers));
  say(`Recorded in package.json: "kiln": { "workers": ${found.workers} }.\n`);
}
