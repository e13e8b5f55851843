import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type App, background, kiln, type Listening, resource } from "kilnjs";
import { Counter, register } from "prom-client";
import { readPage } from "./page.ts";

async function served(app: App): Promise<Listening & AsyncDisposable & { readonly admin: string }> {
  const listening = await app.listen({ port: 0, host: "127.0.0.1", admin: { port: 0 }, signals: false });
  assert.ok(listening.adminUrl);
  return { ...listening, admin: listening.adminUrl, [Symbol.asyncDispose]: () => listening.close() };
}

const quiet = { level: "silent" } as const;

/** A client may have its answer before the server knows that it is out. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(10);
}

test("requests are counted and timed by template, method and status", async () => {
  const app = kiln({ title: "traffic", logging: quiet });
  app.get("/posts/:id", {}, () => "post");
  app.post("/posts", {}, () => {
    throw new Error("broken");
  });
  app.fastify((instance) => {
    instance.get("/plugin/:name", (_request, reply) => reply.send("plugin"));
  });
  await using server = await served(app);
  for (const id of [1, 2, 3]) await fetch(`${server.url}/posts/${id}?page=${id}`);
  await fetch(`${server.url}/posts/4`, { method: "HEAD" });
  await fetch(`${server.url}/posts`, { method: "POST" });
  await fetch(`${server.url}/plugin/a`);
  // What probes ask is no traffic, and a 503 of theirs no error.
  await fetch(`${server.url}/health/ready`);
  // However many paths and methods a client makes up, they are one series.
  for (const path of ["a", "b", "c"]) await fetch(`${server.url}/${path}`);
  await new Promise((resolve, reject) => {
    httpRequest(`${server.url}/d`, { method: "PROPFIND" }, resolve).on("error", reject).end();
  });
  await until(async () => (await readPage(server.admin)).lines("http_requests_total").length === 6);
  const page = await readPage(server.admin);
  const counts = page.lines("http_requests_total").map(({ labels: { method, route, status_code }, value }) => {
    return `${method} ${route} ${status_code} ${value}`;
  });
  assert.deepEqual(counts.toSorted(), [
    "GET /plugin/:name 200 1",
    "GET /posts/:id 200 3",
    "GET unmatched 404 3",
    "HEAD /posts/:id 200 1",
    "POST /posts 500 1",
    "_OTHER unmatched 404 1",
  ]);
  const post = { method: "GET", route: "/posts/:id", status_code: "200" };
  assert.equal(page.value("http_request_duration_seconds_count", post), 3);
  assert.equal(page.value("http_request_duration_seconds_bucket", { ...post, le: "+Inf" }), 3);
  const buckets = page.lines("http_request_duration_seconds_bucket").filter(({ labels }) => labels.method === "HEAD");
  assert.equal(buckets.length, 17);
  assert.deepEqual(
    buckets.map(({ value }) => value),
    buckets.map(({ value }) => value).toSorted((a, b) => a - b),
  );
});

test("what is under way is told: requests, and the client that left", async () => {
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const app = kiln({ title: "flight", logging: quiet });
  app.get("/wait", {}, async () => {
    arrived.resolve();
    await gate.promise;
    return "done";
  });
  await using server = await served(app);
  const socket = connect(server.port, "127.0.0.1", () => socket.write("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"));
  await arrived.promise;
  const waiting = { method: "GET", route: "/wait" };
  assert.equal((await readPage(server.admin)).value("http_requests_in_flight", waiting), 1);
  socket.destroy();
  const left = { ...waiting, status_code: "499" };
  await until(async () => (await readPage(server.admin)).value("http_requests_total", left) === 1);
  gate.resolve();
  await until(async () => (await readPage(server.admin)).value("http_requests_in_flight", waiting) === 0);
});

test("tasks, resources, refused requests, the loop and the process are there", async () => {
  const gate = Promise.withResolvers<void>();
  const store = resource(
    {},
    function* store() {
      yield { used: 3 };
    },
    { check: () => undefined, gauges: ({ used }) => ({ connections_used: used, "no name": 1 }) },
  );
  const broken = resource(
    {},
    function* broken() {
      yield {};
    },
    {
      check: () => {
        throw new Error("gone");
      },
      gauges: () => {
        throw new Error("gone");
      },
    },
  );
  // Every process uses more than this part of its heap.
  const app = kiln({ title: "figures", logging: quiet, load: { inFlight: 0, loopDelay: 0, heapUsed: 1e-9 } });
  app.get("/", { needs: { store, broken, background }, shed: false }, ({ background }) => {
    background.add(() => gate.promise);
    return "ok";
  });
  app.get("/shed", {}, () => "ok");
  await using server = await served(app);
  await fetch(server.url);
  await until(async () => (await fetch(`${server.url}/shed`)).status === 503);
  const page = await readPage(server.admin);
  assert.equal(page.value("kiln_background_tasks", { state: "running" }), 1);
  assert.equal(page.value("kiln_background_tasks_ended_total", { outcome: "done" }), 0);
  assert.equal(page.value("kiln_resource_connections_used", { resource: "store" }), 3);
  assert.equal(page.value("kiln_resource_up", { resource: "store" }), 1);
  assert.equal(page.value("kiln_resource_up", { resource: "broken" }), 0);
  assert.equal(page.value("kiln_ready", { worker: "web-1" }), 0);
  assert.equal(page.value("kiln_requests_shed_total", { reason: "heap_used" }), 1);
  for (const name of [
    "nodejs_eventloop_delay_mean_seconds",
    "nodejs_eventloop_delay_p99_seconds",
    "kiln_loop_stalls_total",
  ]) {
    assert.ok(page.value(name, { worker: "web-1" }) !== undefined, name);
  }
  assert.ok((page.value("nodejs_eventloop_time_seconds_total", { state: "active" }) ?? 0) > 0);
  assert.ok((page.value("process_resident_memory_bytes") ?? 0) > 1e6);
  assert.ok((page.value("process_cpu_seconds_total") ?? 0) > 0);
  const started = page.value("process_start_time_seconds") ?? 0;
  assert.ok(started > 1.7e9 && started * 1000 <= Date.now() + 1000);
  gate.resolve();
});

test("metrics that the app registers with prom-client itself are on the page, but take no name of Kiln's", async () => {
  const orders = new Counter({ name: "shop_orders_total", help: "Orders", labelNames: ["kind"] });
  const clash = new Counter({ name: "http_requests_total", help: "Not ours" });
  orders.inc({ kind: "book" }, 7);
  clash.inc(1000);
  try {
    await using server = await served(kiln({ title: "own", logging: quiet }));
    const page = await readPage(server.admin);
    assert.equal(page.value("shop_orders_total", { kind: "book" }), 7);
    assert.ok(page.lines("http_requests_total").every(({ value }) => value < 1000));
  } finally {
    register.clear();
  }
});

test("without prom-client the page says what to install, and the rest of the port answers", async () => {
  const program = fileURLToPath(new URL("./programs/without-client.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=kilnjs-source", program]);
  const { metrics, text, status } = JSON.parse(stdout);
  assert.equal(metrics, 501);
  assert.match(text, /^KILN_PEER_MISSING .*npm install prom-client/);
  assert.equal(status, 200);
});
