// What logging costs: CPU per request of the two standard lines and one line of a handler, against pino alone in one run.
// Run: node --conditions=kilnjs-source bench/logging.ts
import { once } from "node:events";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DestinationStream, pino } from "pino";
import { requestCompleted, requestReceived } from "../src/logging/access.ts";
import { createLogger } from "../src/logging/create-logger.ts";
import { openSink } from "../src/logging/sink.ts";

const rounds = 5;
const turns = 4_000;
const perTurn = 10;

interface Subject {
  readonly name: string;
  readonly request: (id: string) => void;
  readonly end: () => Promise<void> | void;
}

interface Result {
  readonly name: string;
  readonly microseconds: number[];
}

const folder = mkdtempSync(join(tmpdir(), "kiln-bench-logging-"));
const path = "/users/7/posts?page=2&token=***";

function kilnSubject(name: string, format: "json" | "ecs"): Subject {
  const root = createLogger({ production: true, format, service: "bench", destination: join(folder, name) });
  return {
    name,
    request: (id) => {
      const log = root.forRequest(id);
      requestReceived(log, { method: "POST", path });
      log.info({ user_id: 7, items: 3 }, "order_placed");
      requestCompleted(log, { method: "POST", path, route: "/users/:id/posts", status_code: 201, duration_ms: 3.21 });
    },
    end: () => root.close(),
  };
}

/** As Fastify sets pino up: a child per request, on a synchronous or a buffered destination. */
function pinoSubject(name: string, sync: boolean): Subject {
  const fd = openSync(join(folder, name), "a");
  const destination = pino.destination({ dest: fd, sync, ...(sync ? {} : { minLength: 4096 }) });
  return childSubject(name, destination, async () => {
    // It closes its descriptor when all is out.
    destination.end();
    await once(destination, "close");
  });
}

/** The same on Kiln's destination: what remains is what Kiln does to a line. */
function pinoOnSink(name: string): Subject {
  const sink = openSink(join(folder, name), () => {});
  return childSubject(name, sink, () => sink.close());
}

function childSubject(name: string, destination: DestinationStream, end: Subject["end"]): Subject {
  const root = pino({ base: { service: "bench" } }, destination);
  return {
    name,
    request: (id) => {
      const log = root.child({ reqId: id });
      log.info({ method: "POST", path }, "request_received");
      log.info({ user_id: 7, items: 3 }, "order_placed");
      const done = { method: "POST", path, route: "/users/:id/posts", status_code: 201, duration_ms: 3.21 };
      log.info(done, "request_completed");
    },
    end,
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function measure(subject: Subject): Promise<number> {
  const before = process.cpuUsage();
  for (let turn = 0; turn < turns; turn += 1) {
    for (let i = 0; i < perTurn; i += 1) subject.request(`0f8b2c1e-${turn}-${i}`);
    await nextTurn();
  }
  const used = process.cpuUsage(before);
  return (used.user + used.system) / (turns * perTurn);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const subjects = [
  kilnSubject("kiln json", "json"),
  kilnSubject("kiln ecs", "ecs"),
  pinoOnSink("pino child, Kiln's sink"),
  pinoSubject("pino, synchronous (stock)", true),
  pinoSubject("pino, buffered 4 KiB", false),
];
const results: Result[] = subjects.map(({ name }) => ({ name, microseconds: [] }));

for (const subject of subjects) await measure(subject);
for (let round = 0; round < rounds; round += 1) {
  // In turn, so that a slow moment of the machine meets all of them.
  for (const [i, subject] of subjects.entries()) results[i]?.microseconds.push(await measure(subject));
}
for (const subject of subjects) await subject.end();
rmSync(folder, { recursive: true });

const base = median(results[0]?.microseconds ?? []);
console.log(`CPU per request of three lines, ${perTurn} requests per turn, median of ${rounds} rounds`);
for (const { name, microseconds } of results) {
  const middle = median(microseconds);
  const spread = `${Math.min(...microseconds).toFixed(2)} to ${Math.max(...microseconds).toFixed(2)}`;
  console.log(`${name.padEnd(28)} ${middle.toFixed(2).padStart(6)} us  x ${(middle / base).toFixed(2)}  (${spread})`);
}
