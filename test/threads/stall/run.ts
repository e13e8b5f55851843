import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A line of the log. */
export type Line = Readonly<Record<string, unknown>>;

/** The program that blocks, as it runs. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  /** All lines so far. */
  readonly lines: readonly Line[];
  /** Calls a route. */
  get(path: string): Promise<unknown>;
  /** The first line, old or new, that the test wants. */
  line(wanted: (line: Line) => boolean): Promise<Line>;
  /** The report on a route, task or the like. */
  report(fields: Line): Promise<Line>;
  /** Calls a route until it is reported: a machine that has no time for anything is not called blocked. */
  reported(path: string, fields: Line): Promise<Line>;
}

const messages = new Set(["event_loop_blocked", "event_loop_unblocked", "gc_pause"]);

/** Whether a line is a report of the stall watch. */
export function isReport({ message }: Line): boolean {
  return messages.has(String(message));
}

/** Starts the program; its log is JSON, as in production. */
export async function start(env: NodeJS.ProcessEnv = {}, ...flags: string[]): Promise<Running> {
  const program = fileURLToPath(new URL("programs/blocking.ts", import.meta.url));
  const child = fork(program, {
    execArgv: ["--conditions=kilnjs-source", ...flags],
    env: { ...process.env, NODE_ENV: "production", HOST: "127.0.0.1", PORT: "", LIMIT: "50", ...env },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  assert.ok(child.stdout);
  createInterface(child.stdout).on("line", (text) => {
    lines.push(JSON.parse(text));
    for (const look of waiting) look();
  });
  child.once("exit", () => {
    ended = true;
    for (const look of waiting) look();
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const line: Running["line"] = (wanted) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find(wanted);
        if (found === undefined && !ended) return;
        waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`ended without the line: ${JSON.stringify(lines.filter(isReport))}`));
      };
      waiting.add(look);
      look();
    });
  const get: Running["get"] = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    assert.equal(answer.status, 200, path);
    return answer.json();
  };
  const report: Running["report"] = (fields) =>
    line((one) => isReport(one) && Object.entries(fields).every(([name, value]) => one[name] === value));
  return {
    child,
    lines,
    line,
    get,
    report,
    reported: async (path, fields) => {
      const found = report(fields);
      const came = found.then(
        () => true,
        () => true,
      );
      do await get(path);
      while (!(await Promise.race([came, wait(2_000, false)])));
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
