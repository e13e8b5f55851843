// What the comparisons ask of a server that replaces its workers: Kiln, gunicorn or pm2.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** A server with two workers that runs. */
export interface Contender {
  readonly url: string;
  /** The processes that serve. */
  workers(): number[];
  /** Replaces them all, and waits until those before have ended. */
  reload(): Promise<void>;
  /** Milliseconds of `performance.now()` at which it said itself that a further worker serves, if it says so. */
  readonly servingSince: readonly number[];
  /** What its log said of the place where a worker hung, if anything. */
  named(): string | undefined;
  stop(): Promise<void>;
}

/** A kind of them. */
export interface Kind {
  readonly name: string;
  /** Makes it ready to be started, or says why it cannot be. */
  prepare(): string | undefined;
  /** @param timeout seconds of silence after which a worker is killed, where there is such an option */
  start(timeout?: number): Promise<Contender>;
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    // A process that has ended and that nobody has asked after is still listed.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}
