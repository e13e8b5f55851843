import assert from "node:assert/strict";
import { test } from "node:test";
import { job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { postmasterPid, sharedServer, until } from "../integrations/postgres/server.ts";

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

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
