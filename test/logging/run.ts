import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

// The programs behave alike whatever environment the tests run in.
const env = { ...process.env, FORCE_COLOR: "0", NODE_ENV: "development" };

/** A program of `programs/` that runs. */
export type Running = ChildProcessByStdio<null, Readable, Readable>;

export function start(program: string, ...args: string[]): Running {
  const file = fileURLToPath(new URL(`./programs/${program}.ts`, import.meta.url));
  return spawn(process.execPath, ["--conditions=kilnjs-source", file, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/**
 * The same program, with a pipe of the kernel between it and its reader, as a shell makes them; what Node makes for a
 * child are sockets. The reader begins when something comes on descriptor 3.
 */
export function startPiped(program: string, ...args: string[]): Running & { readonly go: () => void } {
  const file = fileURLToPath(new URL(`./programs/${program}.ts`, import.meta.url));
  const pipeline = '"$0" "$@" | { read go <&3; cat; }';
  const argv = ["-c", pipeline, process.execPath, "--conditions=kilnjs-source", file, ...args];
  const running = spawn("sh", argv, { env, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const gate = running.stdio[3] as Writable;
  // The first three are as the options say, which the types of spawn do not follow for a fourth.
  return Object.assign(running as unknown as Running, { go: () => void gate.end("go\n") });
}

/** The program with a descriptor 3 that can be read here. */
export function startWithFourth(program: string, ...args: string[]): Running & { readonly fourth: Readable } {
  const file = fileURLToPath(new URL(`./programs/${program}.ts`, import.meta.url));
  const argv = ["--conditions=kilnjs-source", file, ...args];
  const running = spawn(process.execPath, argv, { env, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  // As above; a pipe that the child writes to is a stream that is read here.
  return Object.assign(running as unknown as Running, { fourth: running.stdio[3] as Readable });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Reads everything that the program writes, until it has ended. */
export async function ended(running: Running): Promise<Ended> {
  const exit = once(running, "exit");
  const [stdout, stderr, [code, signal]] = await Promise.all([text(running.stdout), text(running.stderr), exit]);
  return { code, signal, stdout, stderr };
}

/** Waits until the program has written `words` to its standard error. */
export async function says(running: Running, words: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = "";
  running.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    seen += chunk;
    if (seen.includes(words)) resolve();
  });
  running.once("exit", () => reject(new Error(`ended without saying "${words}": ${seen}`)));
  await promise;
}

/** The `n` of every line, each of which must be whole. */
export function numbers(output: string): number[] {
  if (output === "") return [];
  assert.ok(output.endsWith("\n"), "the last line is whole");
  return output
    .slice(0, -1)
    .split("\n")
    .map((line) => {
      const parsed: { n: number } = JSON.parse(line);
      return parsed.n;
    });
}

/** 0 to `count` - 1. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
