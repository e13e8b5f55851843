import { isMainThread, Worker } from "node:worker_threads";
import { ownFile } from "../../errors/own-files.ts";
import { ambientLogger } from "../../logging/context.ts";
import type { Logger } from "../../logging/logger.ts";
import { type Collections, createCollections } from "./collections.ts";
import { addStall } from "./counts.ts";
import { openHeartbeat } from "./heartbeat.ts";
import type { FromMonitor, MonitorLogging, MonitorSettings } from "./messages.ts";
import { hookName, type Sampler, startSampling } from "./sampler.ts";

/** The stall watch of one app. */
export interface StallWatchOptions {
  /** Milliseconds that the loop may take to turn. */
  readonly limit: number;
  /** Whether at most one report per route and minute is wanted. */
  readonly sparing: boolean;
  readonly log: Logger;
  /** How the monitor logs, should the loop not turn any more. */
  readonly logging: MonitorLogging;
}

/** The watch of the process; there is one loop, so there is one watch, however many apps it serves. */
interface Watch {
  readonly apps: Set<StallWatchOptions>;
  setLimit(): void;
  stop(): Promise<void>;
}

let running: Watch | undefined;

/**
 * Begins to watch the main thread for an app.
 *
 * @param options see {@link StallWatchOptions}
 * @returns ends it; the promise resolves when nothing of it is left
 */
export function startStallWatch(options: StallWatchOptions): () => Promise<void> {
  // The inspector reaches the main thread alone. Another copy of Kiln in this process may watch already.
  if (!isMainThread || (running === undefined && hookName in globalThis)) return () => Promise.resolve();
  running ??= openWatch(options);
  const watch = running;
  watch.apps.add(options);
  watch.setLimit();
  return async () => {
    if (!watch.apps.delete(options)) return;
    if (watch.apps.size > 0) return watch.setLimit();
    if (running === watch) running = undefined;
    await watch.stop();
  };
}

function openWatch({ sparing, logging, log }: StallWatchOptions): Watch {
  const apps = new Set<StallWatchOptions>();
  const heartbeat = openHeartbeat();
  // First what may be refused, by Node's permissions for example.
  const worker = startMonitor({ shared: heartbeat.shared, sparing, logging });
  const collections = createCollections();
  const sampler = startSampling(heartbeat, collections);
  let timer: NodeJS.Timeout | undefined;

  function beat(): void {
    const turned = sampler.beat();
    if (turned === undefined) return;
    worker.postMessage(turned);
    heartbeat.wake();
  }

  function setLimit(): void {
    const limit = Math.min(...[...apps].map((app) => app.limit));
    heartbeat.setLimit(limit);
    clearInterval(timer);
    // Twice in the limit, so that the monitor never takes one late beat for a stall.
    timer = setInterval(beat, limit / 2).unref();
    beat();
  }

  worker.on("message", (message: FromMonitor) => receive(message, sampler, collections));
  worker.on("error", (error) => log.debug({ err: error }, "stall_watch_ended"));
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    collections.stop();
    sampler.stop();
    await worker.terminate();
  };
  return { apps, setLimit, stop };
}

function receive(message: FromMonitor, sampler: Sampler, collections: Collections): void {
  const { log = ambientLogger() } = sampler.take(message.id) ?? {};
  if (message.kind === "dropped") return;
  addStall(message.stall);
  if (message.suspectsCollection) collections.suspect();
  if (message.line !== undefined) log?.warn(message.line.fields, message.line.message);
}

function startMonitor(settings: MonitorSettings): Worker {
  const worker = new Worker(ownFile("threads/stall/monitor"), {
    name: "kiln stall watch",
    workerData: settings,
    // What is loaded into the app, such as loaders and instrumentation, is not for the monitor.
    execArgv: [],
    env: formatEnvironment(),
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 },
  });
  worker.unref();
  return worker;
}

/** What decides how lines look. */
function formatEnvironment(): NodeJS.ProcessEnv {
  const names = ["NO_COLOR", "FORCE_COLOR", "TZ"];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined));
}
