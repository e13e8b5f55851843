// Starts and ends one server.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contender, Mode } from "./contenders.ts";
import { bytesOf } from "./load.ts";
import { onServerCore } from "./pinning.ts";

/** A server that runs. */
export interface Server {
  readonly contender: Contender;
  readonly mode: Mode;
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from the start of the process to the first answer. */
  readonly startUp: number;
  /** What it wrote; empty where a reader of its own takes that. */
  output(): string;
  stop(): Promise<void>;
}

/** Who reads what it writes: a process that drops it, as it costs least, or the bench, to look at it. */
export type Reader = "process" | "bench";

const startTimeout = 30_000;
const stopTimeout = 5_000;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => socket.write(bytesOf({ method: "GET", path: "/hello" })));
    socket.once("data", (bytes: Buffer) => resolve(bytes.toString("latin1", 9, 12) === "200"));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  }).then((answered) => answered === true);
}

async function untilItAnswers(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + startTimeout;
  while (!(await answers(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("it ended before it answered");
    if (performance.now() > deadline) throw new Error(`it did not answer in ${startTimeout} ms`);
    await sleep(2);
  }
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

async function stop(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), stopTimeout);
  await ended;
  clearTimeout(force);
}

/** A pipe whose other end is read, and dropped, by a process of its own. */
async function drain(): Promise<ChildProcess> {
  const reader = spawn("cat", { stdio: ["pipe", "ignore", "inherit"] });
  await once(reader, "spawn");
  return reader;
}

/** Starts a server and waits until it answers. */
export async function startServer(
  contender: Contender,
  mode: Mode,
  databaseUrl: string,
  reader: Reader,
): Promise<Server> {
  const port = await freePort();
  const drained = reader === "process" && mode === "production" ? await drain() : undefined;
  const [program = "", ...args] = onServerCore(contender.command(port));
  const started = performance.now();
  const child = spawn(program, args, {
    env: { ...process.env, NODE_ENV: "production", MODE: mode, PORT: String(port), DATABASE_URL: databaseUrl },
    stdio: ["ignore", reader === "bench" ? "pipe" : (drained?.stdin ?? "ignore"), "pipe"],
  });
  // The server has its own end of it by now; with this one closed, the reader ends with the server.
  drained?.stdin?.destroy();
  running.add(child);
  let written = "";
  let errors = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (written += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4_000)));
  try {
    await untilItAnswers(child, port);
  } catch (error) {
    await stop(child);
    throw new Error(`${contender.name} (${mode}) did not start: ${String(error)}\n${errors}`);
  }
  return {
    contender,
    mode,
    port,
    pid: child.pid ?? 0,
    startUp: performance.now() - started,
    output: () => written,
    stop: () => stop(child),
  };
}
