// Starts `kiln start` for the benchmarks and reads its log.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { childrenOf, type Kind } from "./contender.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A line of the log. */
export interface Line {
  readonly message: string;
  /** `performance.now()` when it was read. */
  readonly at: number;
  readonly [field: string]: unknown;
}

export interface Service {
  readonly child: ChildProcess;
  readonly url: string;
  /** All lines but those of requests. */
  readonly lines: readonly Line[];
  /** Waits for a further line with this message. */
  line(message: string): Promise<void>;
  /** How many lines with this message there were. */
  count(message: string): number;
  /** The process of the worker that has served longest; each is given once. */
  oldest(): number;
  stop(): Promise<void>;
}

function spawnKiln(args: readonly string[]): ChildProcess {
  const always = ["--port", "0", "--host", "127.0.0.1", "--no-admin"];
  return spawn(
    process.execPath,
    ["--conditions=kilnjs-source", `${root}bin/kiln.js`, "start", `${root}bench/server/app.ts`, ...always, ...args],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NODE_ENV: "production" } },
  );
}

/** Starts it with two workers, and waits until both serve. */
export async function startKiln(args: readonly string[]): Promise<Service> {
  const child = spawnKiln(["--workers", "2", ...args]);
  const orphan = (): void => void child.kill("SIGKILL");
  process.once("exit", orphan);
  const waiting = new Map<string, () => void>();
  const lines: Line[] = [];
  const workers = new Set<number>();
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    // There are many of those, and nobody asks for them.
    for (const text of parts.filter((part) => !part.includes('"message":"request_'))) {
      const line: Line = { ...JSON.parse(text), at: performance.now() };
      lines.push(line);
      if (line.message === "worker_ready") workers.add(Number(line.worker_pid));
      waiting.get(line.message)?.();
      waiting.delete(line.message);
    }
  });
  const line = (message: string): Promise<void> => new Promise((resolve) => waiting.set(message, resolve));
  const count = (message: string): number => lines.filter((each) => each.message === message).length;
  const served = line("ready");
  while (count("worker_ready") < 2) await line("worker_ready");
  if (count("ready") === 0) await served;
  return {
    child,
    url: String(lines.find(({ message }) => message === "ready")?.url),
    lines,
    line,
    count,
    oldest: () => {
      const [pid = 0] = workers;
      workers.delete(pid);
      return pid;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
      process.off("exit", orphan);
    },
  };
}

/** Does something, and waits until so many more workers have ended than before. */
export async function untilEnded(service: Service, workers: number, act: () => Promise<void>): Promise<void> {
  const before = service.count("worker_ended");
  await act();
  while (service.count("worker_ended") < before + workers) await service.line("worker_ended");
}

export async function hup(service: Service): Promise<void> {
  const reloaded = service.line("reloaded");
  service.child.kill("SIGHUP");
  await reloaded;
}

function namedPlace(lines: readonly Line[]): string | undefined {
  const blocked = lines.find(({ message }) => message === "event_loop_blocked");
  return blocked && `${blocked.method} ${blocked.route}, ${JSON.stringify(blocked.frames)}`;
}

export const kiln: Kind = {
  name: "Kiln",
  prepare: () => undefined,
  start: async (timeout = 30) => {
    const service = await startKiln(["--timeout", String(timeout)]);
    return {
      url: service.url,
      workers: () => childrenOf(service.child.pid ?? 0),
      reload: () => untilEnded(service, 2, () => hup(service)),
      get servingSince() {
        return service.lines.filter(({ message }) => message === "worker_ready").map(({ at }) => at);
      },
      named: () => namedPlace(service.lines),
      stop: () => service.stop(),
    };
  },
};
