import { availableParallelism, totalmem } from "node:os";
import { type ContainerLimits, containerLimits } from "./container-limits.ts";

/** What the number of workers follows from. */
export interface Machine {
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

/** What a worker is reckoned with, in bytes: a small app takes some 100 MiB, and needs room to work. */
const usualWorker = 256 * 1024 * 1024;
/** What stays for the supervisor, and for all that is not a worker. */
const others = 128 * 1024 * 1024;

/** What this process may use of the machine. */
export function thisMachine({ cores, memory }: ContainerLimits = containerLimits()): Machine {
  return {
    cores: Math.min(availableParallelism(), cores ?? Number.POSITIVE_INFINITY),
    memory: Math.min(totalmem(), memory ?? Number.POSITIVE_INFINITY),
  };
}

/**
 * How many workers serve an app that nobody has measured: two for each core and one, as many as memory allows.
 *
 * @param machine what may be used
 * @param worker bytes that one worker may take
 */
export function workersFor({ cores, memory }: Machine, worker: number = usualWorker): number {
  const byCores = Math.floor(2 * cores) + 1;
  const byMemory = Math.floor((memory - others) / worker);
  return Math.max(1, Math.min(byCores, byMemory));
}
