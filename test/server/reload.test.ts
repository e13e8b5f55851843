// HUP, and what else replaces workers that are well: the new one serves before the old one leaves, and nothing is lost.
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { pidApp, pidOf, request, type Service, service } from "./service.ts";

const versioned = (version: number): string => `import { existsSync } from "node:fs";
import { kiln, resource } from "kilnjs";
const database = resource({}, async function* database() {
  if (existsSync("broken")) throw new Error("no such database");
  if (existsSync("slow")) await new Promise((resolve) => setTimeout(resolve, 600_000));
  yield 1;
});
export const app = kiln({ title: "Versioned", version: "${version}.0.0" });
app.get("/", { needs: { database } }, () => ({ version: ${version}, pid: process.pid }));
`;

/** Asks on several connections without a pause until it is told to stop, and gives what went wrong. */
function load(url: string, connections: number): { stop(): Promise<{ answers: number; failures: unknown[] }> } {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const failures: unknown[] = [];
  let answers = 0;
  let over = false;
  const ask = async (): Promise<void> => {
    while (!over) {
      const { status } = await request(url, agent);
      answers += 1;
      if (status !== 200) failures.push(status);
    }
  };
  const asking = Array.from({ length: connections }, () => ask().catch((error) => failures.push(error)));
  return {
    stop: async () => {
      over = true;
      await Promise.all(asking);
      agent.destroy();
      return { answers, failures };
    },
  };
}

async function versionOf({ get }: Service): Promise<number> {
  return JSON.parse((await get("/")).text).version;
}

test("HUP replaces every worker with the new code under load, and no request fails", async () => {
  const running = service(versioned(1), ["--workers", "2", "--linger", "1"]);
  const before = await Promise.all([running.worker(1), running.worker(2)]);
  const clients = load(await running.url(), 16);
  for (let round = 2; round <= 4; round++) {
    running.project.write("src/main.ts", versioned(round));
    running.signal("SIGHUP");
    const reloaded = await running.line("reloaded", ({ generation }) => generation === round);
    assert.equal(reloaded.replaced, 2);
    assert.equal(await versionOf(running), round);
  }
  // With the last of the replaced ones gone, all of them have ended while they were asked.
  const ended = await running.line("worker_ended", () => true, 6);
  assert.equal(ended.reason, "reload");
  const { answers, failures } = await clients.stop();
  assert.deepEqual(failures, []);
  assert.ok(answers > 100, String(answers));
  for (const pid of before) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});

for (const [file, args, reason] of [
  ["broken", [], /no such database/],
  ["slow", ["--ready-timeout", "4"], /not ready within 4000 ms/],
] as const) {
  test(`new code that is ${file} stops the reload: the old workers stay`, async () => {
    const running = service(versioned(1), ["--workers", "2", ...args]);
    const pids = await Promise.all([running.worker(1), running.worker(2)]);
    running.project.write("src/main.ts", versioned(2));
    running.project.write(file, "");
    running.signal("SIGHUP");
    const stopped = await running.line("reload_stopped");
    assert.deepEqual([stopped.replaced, stopped.kept], [0, 2]);
    assert.match(String(stopped.reason), reason);
    assert.equal(await versionOf(running), 1);
    assert.ok(pids.includes(pidOf(await running.get("/"))));
    // And the next one, with code that works, goes through.
    renameSync(join(running.project.folder, file), join(running.project.folder, "mended"));
    running.signal("SIGHUP");
    await running.line("reloaded");
    assert.equal(await versionOf(running), 2);
  });
}

test("after so many requests a worker is replaced, and no request fails", async () => {
  const running = service(pidApp, [
    "--workers",
    "2",
    "--max-requests",
    "50",
    "--max-requests-jitter",
    "20",
    "--linger",
    "1",
  ]);
  await Promise.all([running.worker(1), running.worker(2)]);
  const clients = load(await running.url(), 8);
  await running.line("worker_ended", ({ reason }) => reason === "max_requests", 4);
  const { failures } = await clients.stop();
  assert.deepEqual(failures, []);
});

test("a worker that holds more memory than it may is replaced, and no request fails", async () => {
  const app = `import { kiln } from "kilnjs";
const kept: Buffer[] = [];
export const app = kiln({ title: "Leaky" });
app.get("/", {}, () => ({ pid: process.pid }));
app.get("/leak", {}, () => { kept.push(Buffer.alloc(250_000_000, 1)); return { pid: process.pid }; });
`;
  const running = service(app, ["--workers", "2", "--max-memory", "350", "--linger", "1"]);
  await Promise.all([running.worker(1), running.worker(2)]);
  const clients = load(await running.url(), 4);
  const leaky = pidOf(await running.get("/leak"));
  const over = await running.line("worker_over_memory");
  assert.equal(over.worker_pid, leaky);
  assert.ok(Number(over.memory_bytes) > 350 * 1024 * 1024);
  const ended = await running.line("worker_ended", ({ reason }) => reason === "max_memory");
  assert.equal(ended.worker_pid, leaky);
  assert.deepEqual((await clients.stop()).failures, []);
});

test("USR1 opens the log files anew, in the supervisor and the workers, and starts no debugger", async () => {
  const app = pidApp.replace('title: "Pid"', 'title: "Pid", logging: { destination: "app.log" }');
  const running = service(app, ["--workers", "2"]);
  const log = join(running.project.folder, "app.log");
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const until = async (path: string, pattern: RegExp): Promise<void> => {
    while (!pattern.test(read(path))) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await until(log, /"message":"worker_ready"[\s\S]*"message":"worker_ready"/);
  const url = /"url":"([^"]+)"/.exec(read(log))?.[1];
  assert.ok(url);
  renameSync(log, `${log}.1`);
  running.signal("SIGUSR1");
  await until(log, /logs_reopened/);
  const pids = new Set<number>();
  // Each connection of its own goes to the one that has had its last longer ago.
  for (let asked = 0; asked < 4; asked++) pids.add(pidOf(await request(url)));
  assert.equal(pids.size, 2);
  await until(log, /"worker":1,.*"message":"request_completed"/);
  await until(log, /"worker":2,.*"message":"request_completed"/);
  assert.doesNotMatch(read(`${log}.1`), /request_completed/);
  assert.doesNotMatch(running.server.printed, /Debugger listening/);
  await running.server.end("SIGTERM");
});
