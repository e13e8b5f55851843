// Figures of what runs beside requests: threads, jobs, the pool of a database.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type App, background, job, kiln, type Listening } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { z } from "zod";
import { sharedServer, until } from "../integrations/postgres/server.ts";
import { readPage } from "./page.ts";
import { sum } from "./programs/sums.ts";

const shared = sharedServer();

async function served(app: App): Promise<Listening & AsyncDisposable & { readonly admin: string }> {
  const listening = await app.listen({ port: 0, host: "127.0.0.1", admin: { port: 0 }, signals: false, jobs: true });
  assert.ok(listening.adminUrl);
  return { ...listening, admin: listening.adminUrl, [Symbol.asyncDispose]: () => listening.close() };
}

test("calls of blocking() functions are counted and timed by function", async () => {
  const app = kiln({ title: "threads", logging: { level: "silent" } });
  app.get("/sum", {}, () => sum(1, 2, 3));
  app.get("/nothing", {}, () => sum());
  await using server = await served(app);
  assert.equal(await (await fetch(`${server.url}/sum`)).json(), 6);
  assert.equal((await fetch(`${server.url}/nothing`)).status, 500);
  const page = await readPage(server.admin);
  const labels = { function: "sum", module: "test/metrics/programs/sums.ts" };
  assert.equal(page.value("kiln_blocking_runs_total", labels), 2);
  assert.equal(page.value("kiln_blocking_failures_total", labels), 1);
  assert.equal(page.value("kiln_blocking_stopped_total", labels), 0);
  assert.equal(page.value("kiln_blocking_refused_total", labels), 0);
  assert.equal(page.value("kiln_blocking_wait_seconds_count", labels), 2);
  assert.equal(page.value("kiln_blocking_run_seconds_count", labels), 2);
  assert.equal(page.value("kiln_threads", { state: "busy" }), 0);
  assert.ok((page.value("kiln_threads", { state: "idle" }) ?? 0) >= 1);
  assert.equal(page.value("kiln_thread_calls_queued"), 0);
});

test("jobs are counted by name and state, and connections by use", async () => {
  const gate = Promise.withResolvers<void>();
  const db = postgres({ url: shared.url, max: 3 });
  const sent = job("send", { payload: z.object({ to: z.string() }) }, () => undefined);
  const broken = job("break", { payload: z.object({}), retry: { limit: 0 } }, () => {
    throw new Error("broken");
  });
  const app = kiln({ title: "jobs", jobs: [sent, broken], logging: { level: "silent" } });
  app.post("/", { needs: { sent, broken } }, async ({ sent, broken }) => {
    await sent({ to: "ann" });
    await broken({});
  });
  app.get("/hold", { needs: { pool: db.pool, background } }, ({ pool, background }) => {
    background.add(async () => {
      const client = await pool.connect();
      await gate.promise;
      client.release();
    });
    return "held";
  });
  await using server = await served(app);
  await fetch(server.url, { method: "POST" });
  await fetch(`${server.url}/hold`);
  // The counts are those of five seconds ago at most.
  await until("both jobs have ended", async () => {
    const page = await readPage(server.admin);
    const done = page.value("kiln_jobs", { job: "send", state: "done" });
    return done === 1 && page.value("kiln_jobs", { job: "break", state: "failed" }) === 1;
  });
  const page = await readPage(server.admin);
  assert.equal(page.value("kiln_jobs", { job: "send", state: "waiting" }), 0);
  assert.equal(page.value("kiln_jobs_oldest_waiting_seconds", { job: "send" }), 0);
  assert.equal(page.value("kiln_resource_connections_used", { resource: "postgres", worker: "web-1" }), 1);
  assert.equal(page.value("kiln_resource_requests_waiting", { resource: "postgres" }), 0);
  assert.equal(page.value("kiln_resource_up", { resource: "postgres" }), 1);
  gate.resolve();
  await until("the connection is back", async () => {
    return (await readPage(server.admin)).value("kiln_resource_connections_used", { resource: "postgres" }) === 0;
  });
});
