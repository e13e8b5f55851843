import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { initialise, type Layout, lastLines, layoutOf } from "./initialise.ts";
import { findServer, readPidFile } from "./pid-file.ts";
import { identify, isRunning, type ProcessIdentity } from "./process-identity.ts";
import type { KeeperOrder } from "./protocol.ts";
import { programEnvironment } from "./run.ts";
import { EmbeddedFailure, type Runner, runnerFor } from "./unprivileged.ts";

/** A PostgreSQL server that runs. */
export interface Cluster {
  readonly pid: number;
  readonly port: number;
  readonly password: string;
  readonly pidFile: string;
  /** Settles when the server is gone, for whatever reason. */
  readonly gone: Promise<void>;
  /** Stops it in order: open transactions are rolled back, data is written. */
  stop(): Promise<void>;
}

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  // What development and tests need; fsync stays on, so neither a killed process nor a lost battery costs data.
  max_wal_size: "256MB",
  min_wal_size: "32MB",
  io_method: "sync",
  jit: "off",
  log_min_messages: "warning",
} as const;

/**
 * Starts the server of a folder, creating the cluster when there is none, or adopts the one that a killed keeper left.
 *
 * @throws EmbeddedFailure with the reason in words
 */
export async function startCluster(order: KeeperOrder): Promise<Cluster> {
  const layout = layoutOf(order.folder);
  const runner = await runnerFor(order.folder, order.postgres);
  const password = await initialise(order, layout, runner);
  return (await adopt(layout, password)) ?? (await launch(order, layout, runner, password));
}

async function adopt(layout: Layout, password: string): Promise<Cluster | undefined> {
  const identity = await findServer(layout.pidFile);
  if (identity === undefined) return undefined;
  const port = await untilReady(layout, identity.pid, () => isRunning(identity));
  if (port === undefined) return undefined;
  return clusterOf({ layout, password, identity, port, gone: untilGone(identity) });
}

async function untilGone(identity: ProcessIdentity): Promise<void> {
  while (await isRunning(identity)) await sleep(200);
}

/** Waits until PostgreSQL writes that it takes connections; gives its port, or undefined when it ended before. */
async function untilReady(layout: Layout, pid: number, runs: () => Promise<boolean>): Promise<number | undefined> {
  for (;;) {
    const found = await readPidFile(layout.pidFile);
    if (found?.pid === pid && found.status === "ready") return found.port;
    if (!(await runs())) return undefined;
    await sleep(10);
  }
}

async function launch(order: KeeperOrder, layout: Layout, runner: Runner, password: string): Promise<Cluster> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const port = await choosePort(layout);
    const child = spawnServer(order, layout, runner, port);
    const started = await awaitStart(child, layout, port);
    if (started !== undefined) return clusterOf({ layout, password, ...started });
    const log = await readFile(layout.log, "utf8").catch(() => "");
    // Children of a killed server end soon; a port may have been taken since it was looked at.
    const passing = /pre-existing shared memory|Address already in use|could not create any TCP/.test(log);
    if (!passing || Date.now() > deadline) throw notStarted(order, log);
    await sleep(100);
  }
}

function notStarted(order: KeeperOrder, log: string): EmbeddedFailure {
  return new EmbeddedFailure({
    what: order.folder,
    why: `holds a database that does not start: ${lastLines(log)}`,
    fix: "Mend what it says (all of it is in postgres.log there), or remove the folder if nothing in it matters",
  });
}

function spawnServer(order: KeeperOrder, layout: Layout, runner: Runner, port: number): ChildProcess {
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = runner.command(order.postgres, ["-D", layout.data, "-p", String(port), ...options]);
  // Each start begins the log anew, so it cannot grow for ever.
  const log = openSync(layout.log, "w", 0o600);
  try {
    return spawn(command.file, [...command.args], {
      ...command.owner,
      env: programEnvironment(),
      // A group of its own: a signal to the keeper's group must not reach it.
      detached: true,
      stdio: ["ignore", log, log],
      windowsHide: true,
    });
  } finally {
    closeSync(log);
  }
}

async function awaitStart(
  child: ChildProcess,
  layout: Layout,
  port: number,
): Promise<{ identity: ProcessIdentity; port: number; gone: Promise<void> } | undefined> {
  const state = { ended: false };
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      state.ended = true;
      resolve();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  if (child.pid === undefined) return undefined;
  const ready = await untilReady(layout, child.pid, async () => !state.ended);
  const identity = await identify(child.pid);
  if (ready === undefined || identity === undefined) return undefined;
  await writeFile(layout.port, String(port));
  return { identity, port, gone };
}

/** The port of last time if it is free, so that pools of running apps find a restarted server; else a random one. */
async function choosePort(layout: Layout): Promise<number> {
  const last = Number(await readFile(layout.port, "utf8").catch(() => ""));
  if (last > 0 && (await isFree(last))) return last;
  for (;;) {
    // Below the range from which systems take ports for outgoing connections, lest one of those takes it meanwhile.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

interface Running {
  readonly layout: Layout;
  readonly password: string;
  readonly identity: ProcessIdentity;
  readonly port: number;
  readonly gone: Promise<void>;
}

function clusterOf({ layout, password, identity, port, gone }: Running): Cluster {
  return { pid: identity.pid, port, password, pidFile: layout.pidFile, gone, stop: () => stop(identity, gone) };
}

/** Fast shutdown, then immediate, then the end: each gets the time that it needs at worst. */
async function stop(identity: ProcessIdentity, gone: Promise<void>): Promise<void> {
  for (const [signal, patience] of [
    ["SIGINT", 10_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    if (!(await isRunning(identity))) return;
    try {
      process.kill(identity.pid, signal);
    } catch {
      // It ended between looking and asking.
    }
    const waiting = new AbortController();
    const late = sleep(patience, "late", { signal: waiting.signal }).catch(() => "late");
    const outcome = await Promise.race([gone.then(() => "gone"), late]);
    waiting.abort();
    if (outcome === "gone") return;
  }
}
