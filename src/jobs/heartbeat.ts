import { Worker } from "node:worker_threads";
import { ownFile } from "../errors/own-files.ts";
import type { Logger } from "../logging/logger.ts";
import { type Contact, createContact, createContactMemory } from "./contact.ts";
import { createHeldMemory, type HeldJobs, writeHeldJobs } from "./held-jobs.ts";

/** How long a job may be silent before another worker takes it over: it could have spoken three times. */
export function silenceLimit(interval: number): number {
  return 3 * interval;
}

/** Where the heartbeat says so. */
export interface HeartbeatTarget {
  readonly connection: Readonly<Record<string, unknown>>;
  readonly schema: string;
  readonly interval: number;
  /** Of the jobs that may run here. */
  readonly names: readonly string[];
}

/** What the thread is started with. */
export interface HeartbeatData extends HeartbeatTarget {
  readonly memory: SharedArrayBuffer;
  /** Where it keeps how long it has been in touch with the database. */
  readonly contact: SharedArrayBuffer;
}

/** How late the answer to a heartbeat may be, in milliseconds. */
export function heartbeatSlack(interval: number): number {
  return interval / 2;
}

/** Says for the running jobs of this process that they are alive. */
export interface Heartbeat extends Omit<HeldJobs, "size"> {
  /** Of its thread, while jobs run. */
  readonly contact: Contact;
  stop(): Promise<void>;
}

/**
 * Makes the heartbeat; its thread starts with the first job. It has a connection of its own, so that neither a blocked
 * event loop nor a pool without a free connection makes a worker pass for dead while it works.
 *
 * @param target where to say so
 * @param onLost called with the keys of attempts that the queue has given to others
 * @param log gets a line when the thread ends by an error; it is started again
 */
export function createHeartbeat(
  target: HeartbeatTarget,
  onLost: (keys: readonly string[]) => void,
  log: Logger,
): Heartbeat {
  const memory = createHeldMemory();
  const contact = createContactMemory();
  const held = writeHeldJobs(memory, target.names);
  let thread: Worker | undefined;

  const start = (): Worker => {
    const started = new Worker(ownFile("jobs/heartbeat-thread"), {
      workerData: { ...target, memory, contact } satisfies HeartbeatData,
      stdin: false,
    });
    started.on("message", (keys: readonly string[]) => onLost(keys));
    started.on("error", (error) => log.error({ err: error }, "job_heartbeat_failed"));
    started.on("exit", () => {
      if (thread === started) thread = held.size > 0 ? start() : undefined;
    });
    // Jobs that run hold the process by what they do, not by their heartbeat.
    started.unref();
    return started;
  };

  return {
    add: (job) => {
      held.add(job);
      thread ??= start();
    },
    remove: held.remove,
    contact: createContact(contact, heartbeatSlack(target.interval), false),
    stop: async () => {
      const ending = thread;
      thread = undefined;
      await ending?.terminate();
    },
  };
}
