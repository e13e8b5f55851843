// What becomes of workers that fail: they are replaced, ever more slowly, and a start that cannot succeed ends.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { pidApp, pidOf, service } from "./service.ts";

const breakable = `import { existsSync, unlinkSync } from "node:fs";
import { kiln, resource } from "kilnjs";
const database = resource({}, async function* database() {
  if (existsSync("broken")) throw new Error("no such database");
  yield 1;
});
export const app = kiln({ title: "Breakable" });
app.get("/", { needs: { database } }, () => ({ pid: process.pid }));
app.get("/hang", {}, () => new Promise(() => {}));
app.get("/crash", {}, () => {
  setImmediate(() => { throw new Error("the printer is on fire"); });
  return 1;
});
`;

test("a worker that is killed is replaced at once; only what it was doing is lost", async () => {
  const { get, line, worker, lines } = service(breakable, ["--workers", "2"]);
  await Promise.all([worker(1), worker(2)]);
  const hanging = [get("/hang"), get("/hang")];
  const lost = Promise.race(hanging.map((call) => call.then(undefined, (error: NodeJS.ErrnoException) => error.code)));
  await line("request_received", ({ path }) => path === "/hang", 2);
  process.kill(await worker(1), "SIGKILL");
  assert.equal(await lost, "ECONNRESET");
  const said = await line("worker_lost");
  assert.deepEqual([said.worker, said.reason, said.signal, said.restart_in_ms], [1, "crash", "SIGKILL", 0]);
  const next = await worker(1, 2);
  // Connections go to whoever has the fewest, and the other one still holds its own.
  assert.equal(pidOf(await get("/")), next);
  assert.equal(lines.filter(({ message }) => message === "worker_lost").length, 1);
  for (const call of hanging) call.catch(() => {});
  // The other worker would wait for the rest of its grace for what hangs in it.
  process.kill(await worker(2), "SIGKILL");
  await line("worker_lost", ({ worker: number }) => number === 2);
});

test("an error that nobody caught: the worker closes what it has open, another is there before it has ended", async () => {
  const { get, line, worker } = service(breakable, ["--workers", "2"]);
  await Promise.all([worker(1), worker(2)]);
  await get("/crash").catch(() => {});
  const lost = await line("worker_lost");
  assert.equal(lost.reason, "crash");
  assert.match(String(lost.failure), /the printer is on fire/);
  assert.equal((await line("uncaught_error")).worker, lost.worker);
  await worker(Number(lost.worker), 2);
  const ended = await line("worker_ended");
  assert.deepEqual([ended.worker_pid, ended.exit_code], [lost.worker_pid, 1]);
});

test("an app that cannot start ends after three attempts, with the reason and an exit code of its own", async () => {
  const { server, lines } = service(breakable, ["--workers", "2"], { files: { broken: "" } });
  assert.deepEqual(await server.ended, { code: 3, signal: null });
  const lost = lines.filter(({ message }) => message === "worker_lost");
  assert.deepEqual(
    lost.map(({ reason, worker, restart_in_ms }) => [reason, worker, restart_in_ms]),
    [
      ["boot_failure", 1, 250],
      ["boot_failure", 1, 500],
      ["boot_failure", 1, 1000],
    ],
  );
  assert.match(
    server.printed,
    /KILN_START_BOOT in kiln start: ".*main\.ts" could not be started three times.*no such database[^.]*\. Mend the cause; what [^.]*\. Mend the cause; kiln/,
  );
});

test("a module that ends its own process is such an app too", async () => {
  const { server } = service("process.exit(7);", ["--workers", "2"]);
  assert.equal((await server.ended).code, 3);
  assert.match(server.printed, /KILN_START_BOOT.*"exit_code":7/);
});

test("while others serve, a worker that cannot start is tried again, and service goes on", async () => {
  const { project, get, line, worker } = service(breakable, ["--workers", "2"]);
  const [first] = await Promise.all([worker(1), worker(2)]);
  project.write("broken", "");
  process.kill(first, "SIGKILL");
  // Waits that double: 500 ms follow the second failure in a row.
  await line("worker_lost", ({ reason }) => reason === "boot_failure", 3);
  assert.equal(pidOf(await get("/")), await worker(2));
  const delays = [];
  for (let nth = 1; nth <= 3; nth++) {
    const lost = await line("worker_lost", ({ reason }) => reason === "boot_failure", nth);
    delays.push(lost.restart_in_ms);
  }
  assert.deepEqual(delays, [500, 1000, 2000]);
});

test("a worker that does not get ready in its time is ended, and counts as one that failed", async () => {
  const app = `import { kiln, resource } from "kilnjs";
const slow = resource({}, async function* slow() { await new Promise((r) => setTimeout(r, 600_000)); yield 1; });
export const app = kiln({ title: "Slow" });
app.get("/", { needs: { slow } }, () => 1);
`;
  const { server, lines } = service(app, ["--workers", "2", "--ready-timeout", "0.5"]);
  assert.equal((await server.ended).code, 3);
  const lost = lines.filter(({ message }) => message === "worker_lost");
  assert.deepEqual(new Set(lost.map(({ reason }) => reason)), new Set(["not_ready"]));
  assert.match(server.printed, /KILN_START_BOOT.*not ready within 500 ms/);
});

test("a port that is taken is told in one line, and ends the workers", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  // A server that listens on a port has an address of this kind.
  const { port } = other.address() as AddressInfo;
  const { server } = service(pidApp, ["--workers", "2", "--port", String(port)]);
  const { code } = await server.ended;
  other.close();
  assert.equal(code, 1);
  assert.match(
    server.printed,
    new RegExp(`^KILN_CLI_LISTEN .*"127\\.0\\.0\\.1:${port}" is taken by another process`, "m"),
  );
});

test("requests that come while no worker is there wait for one", async () => {
  const { get, line, worker } = service(pidApp, ["--workers", "2"]);
  const pids = await Promise.all([worker(1), worker(2)]);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await line("worker_lost", () => true, 2);
  const answers = await Promise.all([get("/"), get("/"), get("/")]);
  for (const answer of answers) assert.ok(!pids.includes(pidOf(answer)));
});
