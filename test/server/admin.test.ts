// The admin port of a supervisor: figures of all workers, also while some come, go or hang.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { readPage } from "../metrics/page.ts";
import { pidOf, type Service, service } from "./service.ts";

const app = `import { kiln, resource } from "kilnjs";
let broken = false;
let hanging = false;
const store = resource({}, function* store() {
  yield 1;
}, {
  check: () => {
    if (broken) throw new Error("the store at 10.0.0.7 is gone");
    if (hanging) return new Promise(() => {});
  },
  gauges: () => ({ connections_used: 2 }),
});
export const app = kiln({ title: "Admin", version: "1.2.3", health: { maxAge: 0 } });
app.get("/", { needs: { store } }, () => ({ pid: process.pid }));
app.get("/break", {}, () => {
  broken = true;
  return { pid: process.pid };
});
app.get("/hang", {}, () => {
  hanging = true;
  return { pid: process.pid };
});
app.get("/spin", {}, () => {
  const end = Date.now() + 5_000;
  while (Date.now() < end);
  return { pid: process.pid };
});
`;

async function started(...args: string[]): Promise<{ readonly running: Service; readonly admin: string }> {
  const running = service(app, ["--workers", "2", "--admin-port", "0", ...args]);
  const admin = String((await running.line("admin_listening")).url);
  await Promise.all([running.worker(1), running.worker(2)]);
  return { running, admin };
}

async function answered(admin: string): Promise<number> {
  return (await readPage(admin)).value("http_requests_total", { route: "/" }) ?? 0;
}

/** A worker counts a request when its answer is out, which the client may see first. */
async function reaches(admin: string, count: number): Promise<void> {
  for (;;) {
    const now = await answered(admin);
    assert.ok(now <= count, `${now} requests where there were ${count}`);
    if (now === count) return;
  }
}

test("requests of all workers are one sum, which does not fall when workers are replaced or killed", async () => {
  const { running, admin } = await started();
  const pids = new Set<number>();
  for (let count = 0; count < 10; count++) pids.add(pidOf(await running.get("/")));
  assert.equal(pids.size, 2);
  await reaches(admin, 10);
  const page = await readPage(admin);
  assert.equal(page.value("kiln_workers", { role: "web", state: "ready" }), 2);
  assert.equal(page.value("kiln_resource_connections_used", { worker: "web-1", resource: "store" }), 2);
  assert.equal(page.value("kiln_resource_connections_used", { worker: "web-2", resource: "store" }), 2);
  assert.equal(page.value("kiln_info", { app: "Admin", version: "1.2.3" }), 1);
  for (const worker of ["supervisor", "web-1", "web-2"]) {
    assert.ok((page.value("process_resident_memory_bytes", { worker }) ?? 0) > 1e6);
  }

  running.signal("SIGHUP");
  await running.line("reloaded");
  await running.line("worker_ended", ({ reason }) => reason === "reload", 2);
  await reaches(admin, 10);
  await running.get("/");
  await reaches(admin, 11);
  const [one] = await Promise.all([running.worker(1, 2)]);
  process.kill(one, "SIGKILL");
  await running.line("worker_lost");
  await running.worker(1, 3);
  await reaches(admin, 11);
  const after = await readPage(admin);
  assert.equal(after.value("kiln_worker_restarts_total", { reason: "reload" }), 2);
  assert.equal(after.value("kiln_worker_restarts_total", { reason: "crash" }), 1);
  assert.equal(after.value("kiln_worker_restarts_total", { reason: "stalled" }), 0);
  assert.equal(after.value("http_request_duration_seconds_count", { route: "/" }), 11);
  await running.server.end("SIGTERM");
});

test("a worker that hangs takes nothing with it but its own state", async () => {
  const { running, admin } = await started();
  for (let count = 0; count < 4; count++) await running.get("/");
  await reaches(admin, 4);
  const spinning = running.get("/spin");
  // Its own line in the log comes when its turn of the loop is over.
  let page = await readPage(admin);
  const silent = (): number => page.lines("kiln_worker_up").filter(({ value }) => value === 0).length;
  while (silent() === 0) page = await readPage(admin);
  assert.equal(silent(), 1);
  assert.equal(page.value("http_requests_total", { route: "/" }), 4);
  const { code, stdout } = await running.project.kiln("status", "--url", admin);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^web-\d +\d+ +silent /m);
  assert.equal((await spinning).status, 200);
  await running.server.end("SIGTERM");
});

test("a worker that waits for a resource is not silent, but says which", async () => {
  const { running, admin } = await started();
  const hanging = pidOf(await running.get("/hang"));
  const { code, stdout } = await running.project.kiln("status", "--url", admin);
  assert.equal(code, 0, stdout);
  assert.match(stdout, new RegExp(`^web-\\d +${hanging} +not ready .* store$`, "m"));
  const page = await readPage(admin);
  assert.deepEqual(
    page.lines("kiln_worker_up").map(({ value }) => value),
    [1, 1],
  );
  await running.server.end("SIGTERM");
});

test("kiln status shows the supervisor and its workers, and says by its exit code whether they serve", async () => {
  const { running, admin } = await started();
  const status = await running.project.kiln("status", "--url", admin);
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stdout, /^app +Admin 1\.2\.3$/m);
  assert.match(status.stdout, /^state +serving, ready$/m);
  assert.match(status.stdout, new RegExp(`^process +${running.server.process.pid}, supervises, up `, "m"));
  assert.match(status.stdout, /^restarts +none$/m);
  for (const number of [1, 2]) {
    assert.match(status.stdout, new RegExp(`^web-${number} +${await running.worker(number)} +ready +1 `, "m"));
  }

  const broken = pidOf(await running.get("/break"));
  const half = await fetch(`${admin}/health/ready`);
  assert.equal(half.status, 200);
  const { workers } = (await half.json()) as { readonly workers: readonly { readonly ready: boolean }[] };
  assert.deepEqual(workers.map(({ ready }) => ready).toSorted(), [false, true]);
  // Connections go round, so the other one is next.
  while (pidOf(await running.get("/break")) === broken);
  const details = await fetch(`${admin}/health/ready`);
  assert.equal(details.status, 503);
  assert.match(await details.text(), /the store at 10\.0\.0\.7 is gone/);
  const notReady = await running.project.kiln("status", "--url", admin);
  assert.equal(notReady.code, 1);
  assert.match(notReady.stdout, /^state +serving, not ready$/m);
  assert.match(notReady.stdout, /^web-1 .* store$/m);
  const json = await running.project.kiln("status", "--url", admin, "--json");
  assert.equal(JSON.parse(json.stdout).workers.length, 2);

  await running.server.end("SIGTERM");
  const gone = await running.project.kiln("status", "--url", admin);
  assert.equal(gone.code, 2);
  assert.match(gone.stderr, /^KILN_CLI_STATUS .*did not answer/);
});

test("kiln status does not take another server for an app", async () => {
  const other = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  // A server that listens on a port has an address of this kind.
  const { port } = other.address() as AddressInfo;
  const running = service(app, ["--admin-port", String(port)]);
  const [found, end] = await Promise.all([
    running.project.kiln("status", "--url", `http://127.0.0.1:${port}`),
    running.server.ended,
  ]);
  other.close();
  assert.equal(found.code, 2);
  assert.match(found.stderr, /is no admin port of Kiln/);
  // An admin port that was asked for by number must be free.
  assert.equal(end.code, 1);
  assert.match(running.server.printed, /KILN_ADMIN_LISTEN/);
});

test("a single process shows itself, and none shows nothing", async () => {
  const single = service(app, ["--admin-port", "0"]);
  const admin = String((await single.line("admin_listening")).url);
  await single.get("/");
  await reaches(admin, 1);
  const { code, stdout } = await single.project.kiln("status", "--url", admin);
  assert.equal(code, 0);
  assert.match(stdout, /serves alone/);
  assert.match(stdout, new RegExp(`^web-1 +${single.server.process.pid} +ready `, "m"));
  await single.server.end("SIGTERM");

  const none = service(app, ["--workers", "2", "--no-admin"]);
  await none.worker(2);
  await none.server.end("SIGTERM");
  assert.equal(none.lines.filter(({ message }) => message.startsWith("admin")).length, 0);
});
