// What rolling reloads cost: 64 keep-alive connections ask without a pause while `kiln start` is reloaded again and again.
// Two clients: Node's own, which does what `connection: close` says, and autocannon, which sends on regardless.
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
}

async function start(): Promise<Service> {
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
    ],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NODE_ENV: "production" } },
  );
  const waiting = new Map<string, () => void>();
  const counts = new Map<string, number>();
  let rest = "";
  let url = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) {
      const { message, ...fields } = JSON.parse(text);
      if (message === "ready") url = fields.url;
      if (message === "worker_lost" || message === "reload_stopped" || message === "worker_overdue") console.log(text);
      counts.set(message, (counts.get(message) ?? 0) + 1);
      waiting.get(message)?.();
      waiting.delete(message);
    }
  });
  const line = (message: string): Promise<void> => new Promise((resolve) => waiting.set(message, resolve));
  const served = line("ready");
  const ready = line("worker_ready");
  await served;
  await ready;
  return { child, url, line, count: (message) => counts.get(message) ?? 0 };
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

/** Ends when the last of the workers that were replaced has ended, too. */
async function reload({ child, line, count }: Service): Promise<void> {
  const before = count("worker_ended");
  for (let count = 0; count < reloads; count++) {
    const reloaded = line("reloaded");
    child.kill("SIGHUP");
    await reloaded;
  }
  while (count("worker_ended") < before + 2 * reloads) await line("worker_ended");
}

async function withNode(service: Service): Promise<void> {
  const outcomes = new Map<string, number>();
  const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  let over = false;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const asking = Array.from({ length: connections }, () => askOn(service.url, agent, () => over, count));
  const started = performance.now();
  await reload(service);
  over = true;
  await Promise.all(asking);
  agent.destroy();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { ok = 0, ...failed } = Object.fromEntries(outcomes);
  console.log(`node:http   ${reloads} reloads in ${seconds} s, ${ok} answers, failures: ${JSON.stringify(failed)}`);
}

async function withAutocannon(service: Service): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const instance = autocannon({ url: service.url, connections, duration: 600 }, (error, result) =>
    error ? reject(error) : resolve(result),
  );
  await reload(service);
  instance.stop();
  const { requests, errors, timeouts, resets, non2xx } = await promise;
  console.log(
    `autocannon  ${reloads} reloads, ${requests.total} answers, errors ${errors}, timeouts ${timeouts}, resets ${resets}, other than 2xx ${non2xx}`,
  );
}

const service = await start();
await withNode(service);
await withAutocannon(service);
service.child.kill("SIGTERM");
await once(service.child, "exit");
