// What replacing workers costs: 64 keep-alive connections ask without a pause while workers of `kiln start` are replaced again
// and again, in each of the ways there are. Two clients: Node's own, which does what `connection: close` says, and autocannon, which sends on regardless.
// Run: npm run bench:reload [reloads]
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, get } from "node:http";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";

const reloads = Number(process.argv[2] ?? 20);
const connections = 64;
const root = fileURLToPath(new URL("../..", import.meta.url));

interface Service {
  readonly child: ChildProcess;
  readonly url: string;
  /** Waits for a further line with this message. */
  line(message: string): Promise<void>;
  /** How many lines with this message there were. */
  count(message: string): number;
  /** The process of the worker that has served longest; each is given once. */
  oldest(): number;
}

async function start(args: readonly string[]): Promise<Service> {
  const child = spawn(
    process.execPath,
    [
      "--conditions=kilnjs-source",
      `${root}bin/kiln.js`,
      "start",
      `${root}bench/server/app.ts`,
      "--workers",
      "2",
      "--port",
      "0",
      "--host",
      "127.0.0.1",
      "--no-admin",
      ...args,
    ],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NODE_ENV: "production" } },
  );
  const waiting = new Map<string, () => void>();
  const counts = new Map<string, number>();
  const workers = new Set<number>();
  let rest = "";
  let url = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) {
      const { message, ...fields } = JSON.parse(text);
      if (message === "ready") url = fields.url;
      if (message === "worker_lost" || message === "reload_stopped" || message === "worker_overdue") console.log(text);
      if (message === "worker_ready") workers.add(fields.worker_pid);
      counts.set(message, (counts.get(message) ?? 0) + 1);
      waiting.get(message)?.();
      waiting.delete(message);
    }
  });
  const line = (message: string): Promise<void> => new Promise((resolve) => waiting.set(message, resolve));
  const oldest = (): number => {
    const [pid = 0] = workers;
    workers.delete(pid);
    return pid;
  };
  const served = line("ready");
  const ready = line("worker_ready");
  await served;
  await ready;
  return { child, url, line, count: (message) => counts.get(message) ?? 0, oldest };
}

/** Asks on one connection after the other's answer, as fast as they come. */
async function askOn(
  url: string,
  agent: Agent,
  isOver: () => boolean,
  count: (outcome: string) => void,
): Promise<void> {
  while (!isOver()) {
    await new Promise<void>((resolve) => {
      const done = (outcome: string): void => {
        count(outcome);
        resolve();
      };
      const request = get(url, { agent }, (response) => {
        response.resume();
        response.on("end", () => done(response.statusCode === 200 ? "ok" : `status ${response.statusCode}`));
        response.on("error", (error) => done(`answer cut: ${error.message}`));
      });
      request.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    });
  }
}

/** A way to replace workers, over and over. */
interface Way {
  readonly name: string;
  readonly args: readonly string[];
  /** Does it so often, and waits until every worker that was replaced has ended. */
  run(service: Service): Promise<void>;
}

/** Waits until so many more workers have ended than before. */
async function until(service: Service, ended: number): Promise<void> {
  while (service.count("worker_ended") < ended) await service.line("worker_ended");
}

const ways: readonly Way[] = [
  {
    name: "HUP",
    args: [],
    run: async (service) => {
      const before = service.count("worker_ended");
      for (let count = 0; count < reloads; count++) {
        const reloaded = service.line("reloaded");
        service.child.kill("SIGHUP");
        await reloaded;
      }
      await until(service, before + 2 * reloads);
    },
  },
  {
    name: "TERM of a worker",
    args: [],
    run: async (service) => {
      const before = service.count("worker_ended");
      for (let count = 0; count < reloads; count++) {
        const replaced = service.line("worker_ready");
        process.kill(service.oldest(), "SIGTERM");
        await replaced;
      }
      await until(service, before + reloads);
    },
  },
  {
    name: "TTIN and TTOU",
    args: [],
    run: async (service) => {
      const before = service.count("worker_ended");
      for (let count = 0; count < reloads; count++) {
        const more = service.line("worker_ready");
        service.child.kill("SIGTTIN");
        await more;
        service.child.kill("SIGTTOU");
        await service.line("workers_wanted");
      }
      await until(service, before + reloads);
    },
  },
  {
    name: "--max-requests",
    args: ["--max-requests", "500"],
    run: async (service) => until(service, service.count("worker_ended") + reloads),
  },
  {
    name: "--max-memory",
    // Less than any worker takes: each is replaced as soon as it has said how much it has.
    args: ["--max-memory", "50"],
    run: async (service) => until(service, service.count("worker_ended") + reloads),
  },
];

async function withNode({ run }: Way, service: Service): Promise<string> {
  const outcomes = new Map<string, number>();
  const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  let over = false;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const asking = Array.from({ length: connections }, () => askOn(service.url, agent, () => over, count));
  await run(service);
  over = true;
  await Promise.all(asking);
  agent.destroy();
  const { ok = 0, ...failed } = Object.fromEntries(outcomes);
  return `node:http ${ok} answers, failures ${JSON.stringify(failed)}`;
}

async function withAutocannon({ run }: Way, service: Service): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const instance = autocannon({ url: service.url, connections, duration: 600 }, (error, result) =>
    error ? reject(error) : resolve(result),
  );
  await run(service);
  instance.stop();
  const { requests, errors, timeouts, resets, non2xx } = await promise;
  return `autocannon ${requests.total} answers, errors ${errors}, timeouts ${timeouts}, resets ${resets}, other than 2xx ${non2xx}`;
}

console.log(
  `2 workers, ${connections} keep-alive connections without a pause, each way ${reloads} times with each client`,
);
for (const way of ways) {
  const service = await start(way.args);
  const started = performance.now();
  const results = [await withNode(way, service), await withAutocannon(way, service)];
  service.child.kill("SIGTERM");
  await once(service.child, "exit");
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${way.name.padEnd(16)} ${results.join("; ")}; ${service.count("worker_lost")} workers lost, ${seconds} s`,
  );
}
