import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { after } from "node:test";
import { type Project, project, type Serving } from "../cli/project.ts";

/** A line of the log, whose fields a test looks at. */
export interface Line {
  readonly message: string;
  readonly [field: string]: unknown;
}

/** An answer of the app. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly connection: string | undefined;
}

/** An app under `kiln start`. */
export interface Service {
  readonly project: Project;
  readonly server: Serving;
  readonly lines: readonly Line[];
  /** Waits for the n-th line (the first by default) with this message that fits, from the beginning of the log. */
  line(message: string, fits?: (line: Line) => boolean, nth?: number): Promise<Line>;
  /** Waits for the first request that will be answered, and gives the URL. */
  url(): Promise<string>;
  /** Waits until this worker serves, and gives the number of its process. */
  worker(number: number, nth?: number): Promise<number>;
  signal(signal: NodeJS.Signals): void;
  /** A request on a connection of its own, or on one of an agent's. */
  get(path: string, agent?: Agent): Promise<Answer>;
}

/** The environment of a service: quick, and in production. */
export interface ServiceOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** A small app that says which process answered. */
export const pidApp = `import { kiln } from "kilnjs";
export const app = kiln({ title: "Pid" });
app.get("/", {}, () => ({ pid: process.pid }));
app.get("/slow", {}, () => new Promise((resolve) => setTimeout(() => resolve({ pid: process.pid }), 300)));
`;

/** Starts `kiln start` on a free port of 127.0.0.1. */
export function service(main: string, args: readonly string[], options: ServiceOptions = {}): Service {
  const made = project({ "src/main.ts": main, ...options.files }, options.env);
  const address = args.includes("--unix") || args.includes("--fd") ? [] : ["--port", "0", "--host", "127.0.0.1"];
  // Its usual port is the same for every app of a machine, and tests run side by side.
  const admin = args.includes("--admin-port") ? [] : ["--no-admin"];
  const server = made.serve("start", ...address, ...admin, ...args);
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let rest = "";
  server.process.stdout?.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.startsWith("{")) lines.push(JSON.parse(part));
    for (const look of waiting) look();
  });
  after(() => void server.process.kill("SIGKILL"));

  const line: Service["line"] = (message, fits = () => true, nth = 1) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.filter((one) => one.message === message && fits(one))[nth - 1];
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void server.ended.then((end) =>
        reject(new Error(`ended (${JSON.stringify(end)}) without "${message}":\n${server.printed}`)),
      );
    });
  const url = async (): Promise<string> => String((await line("ready")).url);
  return {
    project: made,
    server,
    lines,
    line,
    url,
    worker: async (number, nth) => {
      const { worker_pid: pid } = await line(
        "worker_ready",
        ({ worker, role }) => worker === number && role === "web",
        nth,
      );
      assert.ok(typeof pid === "number");
      return pid;
    },
    signal: (signal) => void server.process.kill(signal),
    get: async (path, agent) => request(`${await url()}${path}`, agent),
  };
}

/** A GET over an agent of node:http, which says exactly what becomes of each connection. */
export function request(url: string, agent: Agent = new Agent({ keepAlive: false })): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text, connection: response.headers.connection }),
      );
    }).on("error", reject);
  });
}

/** The process that answered. */
export function pidOf(answer: Answer): number {
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text).pid;
}
