import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Base, endOf, firstProcess, type Inside, startInside } from "./sandbox.ts";

/** A command that runs as process 1. */
export interface Running {
  readonly child: ChildProcess;
  /** Process 1, by its number on this machine. */
  readonly first: number;
}

/** Milliseconds for a start, and for an end: what compose.yaml gives. */
export const patience = 45_000;

/** Starts a command and waits for a line of its log with this message. */
export async function start(base: Base, inside: Inside, command: readonly string[], message: string): Promise<Running> {
  const child = startInside(base, inside, command);
  if (child.stdout === null || child.stderr === null) throw new Error("no output to read");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const printed: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => printed.push(text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    printed.push(line);
    if (line.startsWith("{") && JSON.parse(line).message === message) resolve();
  });
  const why = (what: string): Error =>
    new Error(`${command.join(" ")} ${what} before "${message}":\n${printed.join("\n")}`);
  void endOf(child).then((code) => reject(why(`ended with ${code}`)));
  void sleep(patience, undefined, { ref: false }).then(() => reject(why(`took ${patience} ms`)));
  await promise.catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  return { child, first: firstProcess(child) };
}

/** Tells it to end, as an engine does, and gives its exit code; null when it had to be killed. */
export async function stop({ child, first }: Running): Promise<number | null> {
  process.kill(first, "SIGTERM");
  const overdue = setTimeout(() => child.kill("SIGKILL"), patience);
  const code = await endOf(child);
  clearTimeout(overdue);
  return code;
}
