import assert from "node:assert/strict";
import { test } from "node:test";
import { job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { withClient } from "../../src/integrations/postgres/admin.ts";
import { postmasterPid, sharedServer, until } from "../integrations/postgres/server.ts";
import { networkTo } from "./network.ts";

const shared = sharedServer();

test("a job that ends while the database is away is settled when it is back, and not run twice", async () => {
  const runs: number[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const work = job("work", {}, async ({ attempt }) => {
    runs.push(attempt);
    if (runs.length === 1) await gate;
  });
  const database = postgres({ url: `${shared.url}?database=outage` });
  const app = kiln({ title: "Outage", jobs: { list: [work], database }, logging: { level: "silent" } });
  const states = new Map<string, string>();
  app.post("/", { needs: { work } }, ({ work }) => work());
  app.get("/", { needs: { pool: database.pool } }, async ({ pool }) => {
    const { rows } = await pool.query<{ id: string; state: string }>("select id, state from kiln_jobs.job");
    for (const { id, state } of rows) states.set(id, state);
  });
  const running = await app.listen({ port: 0, signals: false });
  const enqueue = async (): Promise<string> => (await (await fetch(running.url, { method: "POST" })).json()) as string;
  const first = await enqueue();
  await until("it runs", () => runs.length === 1);
  const before = postmasterPid(shared.folder);
  process.kill(before, "SIGKILL");
  await until("the server has ended", () => !alive(before));
  open();
  // The keeper starts the server again; which is when the queue can be told.
  await until("the server is back, and the job is done", async () => {
    await fetch(running.url).catch(() => undefined);
    return states.get(first) === "completed";
  });
  // Whoever listens does so again.
  const second = await enqueue();
  await until("the next one is done", async () => {
    await fetch(running.url);
    return states.get(second) === "completed";
  });
  assert.deepEqual(runs, [1, 1]);
  await running.close();
});

/** How long ago somebody last said that a job is alive, in milliseconds. */
function silence(database: string): Promise<number> {
  return withClient(database, async (client) => {
    const { rows } = await client.query<{ age: number }>(
      "select extract(epoch from clock_timestamp() - heartbeat_on)::float8 * 1000 as age from kiln_jobs.job where state = 'active'",
    );
    return rows[0]?.age ?? 0;
  });
}

test("after an outage of the network nobody takes over what still runs", async () => {
  await withClient(shared.server.url(), (client) => client.query("create database network"));
  await using network = await networkTo(shared.server.url("network"));
  const runs: number[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const apps = [1, 2, 3].map(() => {
    const work = job("work", {}, async ({ attempt, signal }) => {
      runs.push(attempt);
      await gate;
      signal.throwIfAborted();
    });
    const jobs = { list: [work], database: postgres({ url: network.url, max: 2 }), heartbeat: 200 };
    const app = kiln({ title: "Network", jobs, logging: { level: "silent" } });
    return app.post("/", { needs: { work } }, ({ work }) => work());
  });
  const running = await Promise.all(apps.map((app) => app.listen({ port: 0, signals: false })));
  await fetch(running[0]?.url ?? "", { method: "POST" });
  await until("it runs", () => runs.length === 1);
  for (let outage = 0; outage < 2; outage++) {
    network.stall();
    await until("all have been silent for long", async () => (await silence(shared.server.url("network"))) > 900);
    // The first thing they hear of is a reason to look, and what they see is that all were silent.
    await withClient(shared.server.url("network"), (client) =>
      client.query(`select pg_notify('kiln_kiln_jobs', '{"later": "work"}')`),
    );
    network.resume();
    await until("they speak again", async () => (await silence(shared.server.url("network"))) < 250);
  }
  open();
  await until("it is done", () =>
    withClient(shared.server.url("network"), async (client) => {
      const { rows } = await client.query("select from kiln_jobs.job where state = 'completed' and retry_count = 0");
      return rows.length === 1;
    }),
  );
  assert.deepEqual(runs, [1]);
  await Promise.all(running.map((each) => each.close()));
});

test("a shutdown ends though the database is away", async () => {
  await withClient(shared.server.url(), (client) => client.query("create database ending"));
  await using network = await networkTo(shared.server.url("ending"));
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const work = job("work", {}, () => {
    begin();
    return new Promise<void>(() => {});
  });
  const database = postgres({ url: network.url });
  const jobs = { list: [work], database };
  const app = kiln({ title: "Ending", jobs, shutdown: { grace: 100 }, logging: { level: "silent" } });
  app.post("/", { needs: { work } }, ({ work }) => work());
  const running = await app.listen({ port: 0, signals: false });
  await fetch(running.url, { method: "POST" });
  await begun;
  network.cut();
  let ended = false;
  const closing = running.close().then(() => {
    ended = true;
  });
  await until("it has ended", () => ended);
  await closing;
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
