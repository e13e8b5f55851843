import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Logger } from "../logging/logger.ts";

/** How often a running job says that it is alive, in milliseconds. */
export const heartbeatInterval = 2_000;
/** How long it may be silent before another worker takes it over, in milliseconds. */
export const heartbeatLimit: number = 3 * heartbeatInterval;

/** One attempt of a job, as this process holds it. */
export interface HeldJob {
  readonly id: string;
  readonly name: string;
  readonly retryCount: number;
}

/** What the thread is started with. */
export interface HeartbeatData {
  readonly connection: Readonly<Record<string, unknown>>;
  readonly schema: string;
  readonly interval: number;
}

/** What the thread is told. */
export type HeartbeatOrder = { readonly add: HeldJob } | { readonly remove: string };

/** Says for the running jobs of this process that they are alive. */
export interface Heartbeat {
  add(job: HeldJob): void;
  remove(job: HeldJob): void;
  stop(): Promise<void>;
}

/** Of one attempt. */
export function heldKey({ id, retryCount }: HeldJob): string {
  return `${id}:${retryCount}`;
}

/**
 * Makes the heartbeat; its thread starts with the first job. It has a connection of its own, so that neither a blocked
 * event loop nor a pool without a free connection makes a worker pass for dead while it works.
 *
 * @param data where to say so
 * @param onLost called with the keys of attempts that the queue has given to others
 * @param log gets a line when the thread ends by an error; it is started again
 */
export function createHeartbeat(
  data: HeartbeatData,
  onLost: (keys: readonly string[]) => void,
  log: Logger,
): Heartbeat {
  const held = new Map<string, HeldJob>();
  let thread: Worker | undefined;
  let orders: HeartbeatOrder[] = [];
  let addsWait = false;

  /** One message for all that begins or ends together: a message for each would cost as much as the rest of a short job. */
  const flush = (): void => {
    if (orders.length > 0) thread?.postMessage(orders);
    orders = [];
    addsWait = false;
  };
  const start = (): Worker => {
    const started = new Worker(new URL(`./heartbeat-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: data,
      stdin: false,
    });
    started.on("message", (keys: readonly string[]) => onLost(keys));
    started.on("error", (error) => log.error({ err: error }, "job_heartbeat_failed"));
    started.on("exit", () => {
      if (thread !== started) return;
      thread = undefined;
      if (held.size > 0) thread = start();
    });
    orders = [];
    started.postMessage([...held.values()].map((job): HeartbeatOrder => ({ add: job })));
    // Jobs that run hold the process by what they do, not by their heartbeat.
    started.unref();
    return started;
  };

  return {
    add: (job) => {
      held.set(heldKey(job), job);
      if (thread === undefined) {
        thread = start();
        return;
      }
      orders.push({ add: job });
      // Before any code of the job runs, which may block the event loop.
      if (!addsWait) queueMicrotask(flush);
      addsWait = true;
    },
    remove: (job) => {
      const key = heldKey(job);
      if (held.delete(key) && thread !== undefined && orders.push({ remove: key }) === 1) setImmediate(flush);
    },
    stop: async () => {
      held.clear();
      const ending = thread;
      thread = undefined;
      await ending?.terminate();
    },
  };
}
