import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const entry = fileURLToPath(new URL("./app.ts", import.meta.url));

/** A process of the app that is killed and started again. */
export interface Victim {
  /** The process that runs now. */
  readonly pid: number;
  /** Resolves when it can work: to its URL for a web process. */
  ready(): Promise<string>;
  /** Kills the process with SIGKILL and starts the next one at once. */
  kill(): Promise<void>;
  /** Ends it in order, for good. */
  end(): Promise<void>;
}

/** How many lines of which message the processes have logged, and the latest that tell of trouble. */
export interface Lines {
  readonly counts: Map<string, number>;
  readonly trouble: string[];
}

const mostTrouble = 200;
/** How long one that ended by itself is left alone, in milliseconds. */
const restartPause = 200;
/** How long an end in order may take, in milliseconds. */
const endPatience = 40_000;

function troubled({ trouble }: Lines, text: string): void {
  trouble.push(text);
  if (trouble.length > mostTrouble) trouble.shift();
}

function follow(stdout: Readable, stderr: Readable, pid: number, lines: Lines, onReady: (url: string) => void): void {
  createInterface({ input: stdout }).on("line", (text) => {
    // A line that a kill cut off is no JSON.
    if (!text.startsWith("{") || !text.endsWith("}")) return;
    const { message, level, url } = JSON.parse(text);
    lines.counts.set(message, (lines.counts.get(message) ?? 0) + 1);
    if (message === "ready" || message === "worker_ready") onReady(String(url));
    // Their stacks would hide them.
    const short = text.replace(/"stack":"(?:[^"\\]|\\.)*",?/g, "");
    if (level !== "info" && level !== "debug") troubled(lines, `${pid} ${short}`);
  });
  createInterface({ input: stderr }).on("line", (text) => troubled(lines, `${pid} ${text}`));
}

/**
 * Starts a process of the app. One that ends by itself, as it does when it starts while the database is away, is started
 * again, as by any supervisor.
 *
 * @param args of the `kiln` command; the entry follows the first
 * @param databaseUrl of the database that all share
 * @param lines where what it logs is counted
 */
export function startVictim([command = "", ...rest]: readonly string[], databaseUrl: string, lines: Lines): Victim {
  const args = ["--conditions=kilnjs-source", `${root}bin/kiln.js`, command, entry, ...rest];
  const env = { ...process.env, NODE_ENV: "production", DATABASE_URL: databaseUrl, NODE_TEST_CONTEXT: undefined };
  let over = false;
  let ready = Promise.withResolvers<string>();
  let isReady = false;

  const live = (): ChildProcess => {
    const started = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env });
    // Whoever waits for one that died before it was ready waits for the next.
    if (isReady) ready = Promise.withResolvers<string>();
    isReady = false;
    follow(started.stdout, started.stderr, started.pid ?? 0, lines, (url) => {
      isReady = true;
      ready.resolve(url);
    });
    started.once("exit", () => void setTimeout(revive, restartPause));
    return started;
  };
  const revive = (): void => {
    // By an exit of its own: who kills one starts the next.
    if (!over && child.exitCode !== null) child = live();
  };
  let child = live();

  const signal = async (name: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(name);
    await ended;
  };
  return {
    get pid() {
      return child.pid ?? 0;
    },
    ready: () => ready.promise,
    kill: async () => {
      await signal("SIGKILL");
      child = live();
    },
    end: async () => {
      over = true;
      const late = setTimeout(() => child.kill("SIGKILL"), endPatience);
      await signal("SIGTERM");
      clearTimeout(late);
    },
  };
}
