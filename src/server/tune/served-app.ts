import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../../admin/status.ts";
import { KilnError } from "../../errors/kiln-error.ts";

/** An app in production mode, in processes of its own. */
export interface ServedApp {
  readonly url: string;
  /** The process that was started, above all the others. */
  readonly pid: number;
  /** Ends it, with all its processes. */
  stop(): Promise<void>;
}

/** How the command line is run. */
export interface Kiln {
  /** The program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/** Milliseconds that an app has until it serves; the supervisor gives up before. */
const startPatience = 60_000;
/** Milliseconds that an app has to end, once it has nothing more to do; then it is forced. */
const endPatience = 3_000;
const lookEvery = 25;

function startError(entry: string, why: string): KilnError {
  return new KilnError("KILN_TUNE_START", {
    where: "kiln tune",
    what: entry,
    why,
    fix: "Mend the cause; NODE_ENV=production kiln start shows it, and takes its settings from the same places",
  });
}

/** A port of loopback that is free at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function statusAt(port: number): Promise<Status | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/status`, { signal: AbortSignal.timeout(5_000) });
    // Nothing else listens there: it was free, and it is our own admin port that answers.
    return response.ok ? ((await response.json()) as Status) : undefined;
  } catch {
    // Not there yet.
    return undefined;
  }
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    // The whole group; on Windows there is none.
    if (child.pid !== undefined) process.kill(process.platform === "win32" ? child.pid : -child.pid, signal);
  } catch {
    // Gone.
  }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  // The second asks it to end at once, the third does not ask.
  for (const signal of ["SIGTERM", "SIGTERM", "SIGKILL"] as const) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (signal === "SIGKILL") kill(child, signal);
    else child.kill(signal);
    await Promise.race([ended, sleep(endPatience, undefined, { ref: false })]);
  }
}

/** The last that it said of an error. */
function tailOf(child: ChildProcess): () => string {
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    tail = (tail + chunk).slice(-2_000);
  });
  return () => tail.trim();
}

function isServing({ ready, workers }: Status, count: number): boolean {
  return ready && workers.filter(({ worker, state }) => worker.startsWith("web-") && state === "ready").length >= count;
}

/**
 * Starts `kiln start` with so many workers on a free port of loopback, and waits until all of them serve. Its admin port
 * says so, whatever the app logs and wherever.
 *
 * @throws KilnError KILN_TUNE_START
 */
export async function serveApp(kiln: Kiln, entry: string, workers: number, signal: AbortSignal): Promise<ServedApp> {
  const admin = await freePort();
  const [program, ...first] = kiln.command;
  const listen = ["--port", "0", "--host", "127.0.0.1", "--admin-port", String(admin), "--admin-host", "127.0.0.1"];
  const child = spawn(program, [...first, "start", entry, "--workers", String(workers), ...listen], {
    // Its log goes nowhere: reading it would cost what the app is measured with.
    stdio: ["ignore", "ignore", "pipe"],
    env: kiln.env,
    // A group of its own: Ctrl-C in the terminal comes to us, and we end it.
    detached: process.platform !== "win32",
  });
  const tail = tailOf(child);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, by) => resolve(tail() || `it ended with ${by ?? `exit code ${code}`}`));
  });
  // For an end of this process that waits for nothing.
  const forced = (): void => kill(child, "SIGKILL");
  process.once("exit", forced);
  const end = async (): Promise<void> => {
    await stop(child, ended);
    process.off("exit", forced);
  };
  try {
    const until = performance.now() + startPatience;
    while (performance.now() < until) {
      signal.throwIfAborted();
      const why = await Promise.race([ended, sleep(lookEvery)]);
      if (why !== undefined) throw startError(entry, `did not start with ${workers} workers: ${why}`);
      const status = await statusAt(admin);
      if (status?.url === undefined || !isServing(status, workers)) continue;
      return { url: status.url, pid: child.pid ?? 0, stop: end };
    }
    throw startError(entry, `did not serve with ${workers} workers within ${startPatience / 1000} s`);
  } catch (error) {
    await end();
    throw error;
  }
}
