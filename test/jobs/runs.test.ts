import assert from "node:assert/strict";
import { test } from "node:test";
import { type App, batchJob, depends, GiveUp, type Job, JobTimeout, job, jobAdmin, kiln, path, signal } from "kilnjs";
import { type Postgres, postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { sharedServer } from "../integrations/postgres/server.ts";

const shared = sharedServer();

function database(): Postgres {
  return postgres({ url: shared.url });
}

/** An app that enqueues a job without payload. */
function appOf(work: Job<z.ZodUndefined>, db: Postgres): App {
  const app = kiln({ title: "Jobs", jobs: { list: [work], database: db } });
  app.post("/", { needs: { work } }, ({ work }) => work());
  app.get("/counts", { needs: { jobs: jobAdmin } }, ({ jobs }) => jobs.counts());
  return app;
}

test("a job that fails is tried again with the same id, until its retries are spent; then it is kept with its error", async () => {
  const attempts: [number, string][] = [];
  const broken = job("broken", { retry: { limit: 2, delay: "10s" } }, ({ attempt, id }) => {
    attempts.push([attempt, id]);
    throw Object.assign(new Error(`attempt ${attempt}`), { code: "E_BROKEN" });
  });
  await using t = await testApp(appOf(broken, database()));
  const id: unknown = (await t.post("/")).json();
  await t.idle();
  assert.equal((await t.jobs("broken"))[0]?.state, "delayed");
  for (let i = 0; i < 3; i++) {
    await t.advance("1m");
    await t.idle();
  }
  assert.deepEqual(attempts, [
    [1, id],
    [2, id],
    [3, id],
  ]);
  const [kept] = await t.jobs("broken");
  assert.equal(kept?.state, "failed");
  assert.equal(kept?.attempts, 3);
  assert.equal(kept?.error?.message, "attempt 3");
  assert.equal(kept?.error?.code, "E_BROKEN");
  assert.equal(t.logs.filter("job_will_retry").length, 2);
  assert.equal(t.logs.filter("job_failed").length, 1);
  const [counted] = (await t.get("/counts")).json() as [{ counts: { failed: number }; lastError: { message: string } }];
  assert.equal(counted.counts.failed, 1);
  assert.equal(counted.lastError.message, "attempt 3");
});

test("GiveUp leaves no retries", async () => {
  let runs = 0;
  const hopeless = job("hopeless", {}, () => {
    runs += 1;
    throw new GiveUp("The card was declined");
  });
  await using t = await testApp(appOf(hopeless, database()));
  await t.post("/");
  await t.idle();
  assert.equal(runs, 1);
  const [kept] = await t.jobs("hopeless");
  assert.equal(kept?.state, "failed");
  assert.deepEqual([kept?.error?.name, kept?.error?.message], ["GiveUp", "The card was declined"]);
});

test("a payload that does not fit any more fails at once, with the reason", async () => {
  const db = database();
  let runs = 0;
  const strict = job("strict", { payload: z.object({ email: z.email() }), needs: { pool: db.pool } }, () => {
    runs += 1;
  });
  const app = kiln({ title: "Jobs", jobs: [strict] });
  app.post("/", { needs: { strict, pool: db.pool } }, async ({ strict, pool }) => {
    const id = await strict({ email: "a@example.org" }, { delay: "1h" });
    // As a version of the app would have left it that knew another schema.
    await pool.query(`update kiln_jobs.job set data = '{"payload": {"mail": 7}}' where id = $1`, [id]);
  });
  await using t = await testApp(app);
  await t.post("/");
  await t.advance("1h");
  await t.idle();
  const [kept] = await t.jobs("strict");
  assert.equal(runs, 0);
  assert.equal(kept?.state, "failed");
  assert.equal(kept?.attempts, 1);
  assert.match(kept?.error?.message ?? "", /does not fit what the job declares: email: /);
});

test("clean-ups of a run see its failure: a transaction is rolled back, and one whose commit fails is a failed run", async () => {
  const db = database();
  const seen: string[] = [];
  const watched = depends({ tx: db.transaction, signal }, async function* ({ tx, signal }) {
    assert.equal(signal.aborted, false);
    try {
      yield tx;
      seen.push("committing");
    } catch (error) {
      seen.push((error as Error).message);
      throw error;
    }
  });
  const work = job(
    "work",
    { needs: { tx: watched }, retry: { limit: 1, delay: 0, backoff: false } },
    async ({ tx, attempt }) => {
      await tx.query("create table if not exists done (attempt int)");
      await tx.query("insert into done values ($1)", [attempt]);
      if (attempt === 1) throw new Error("not yet");
    },
  );
  const app = appOf(work, db);
  app.get("/done", { needs: { db: db.connection } }, async ({ db }) => (await db.query("select * from done")).rows);
  await using t = await testApp(app);
  await t.post("/");
  await t.idle();
  assert.deepEqual(seen, ["not yet", "committing"]);
  assert.deepEqual((await t.get("/done")).json(), [{ attempt: 2 }]);
});

test("a run that takes too long is aborted and has failed", async () => {
  let reason: unknown;
  const slow = job("slow", { timeout: 50, retry: { limit: 0 } }, async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    reason = signal.reason;
    signal.throwIfAborted();
  });
  await using t = await testApp(appOf(slow, database()));
  await t.post("/");
  await t.idle();
  assert.ok(reason instanceof JobTimeout);
  const [kept] = await t.jobs("slow");
  assert.equal(kept?.state, "failed");
  assert.equal(kept?.error?.name, "JobTimeout");
});

test("results are kept in the form of `returns`, and one that does not fit is a failure without retries", async () => {
  const db = database();
  const Total = z.object({ total: z.int() });
  const sum = job("sum", { payload: z.array(z.int()), returns: Total, needs: { pool: db.pool } }, ({ payload }) => ({
    total: payload.reduce((a, b) => a + b, 0),
    unknown: "dropped",
  }));
  // @ts-expect-error: a text is no total
  const wrong = job("wrong", { returns: Total }, () => ({ total: "many" }));
  const app = kiln({ title: "Jobs", jobs: [wrong] });
  app.post("/", { needs: { sum, wrong } }, async ({ sum, wrong }) => {
    await sum([1, 2, 3]);
    await wrong();
  });
  await using t = await testApp(app);
  await t.post("/");
  await t.idle();
  assert.deepEqual((await t.jobs("sum"))[0]?.result, { total: 6 });
  const [failed] = await t.jobs("wrong");
  assert.equal(failed?.state, "failed");
  assert.equal(failed?.attempts, 1);
  assert.match(failed?.error?.message ?? "", /returned what its `returns` does not accept \(total: /);
});

test("a batch gets many at once; one item fails by itself", async () => {
  const db = database();
  const batches: string[][] = [];
  const mail = batchJob(
    "mail",
    { batch: 3, payload: z.string(), needs: { pool: db.pool }, concurrency: 1 },
    ({ items }) => {
      batches.push(items.map(({ payload }) => payload));
      for (const item of items) if (item.payload === "bad") item.fail(new GiveUp("no such address"));
    },
  );
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { mail, tx: db.transaction } }, async ({ mail, tx }) => {
    for (const to of ["a", "bad", "c", "d"]) await mail(to, { tx });
  });
  await using t = await testApp(app);
  await t.post("/");
  await t.idle();
  assert.deepEqual(batches.map(({ length }) => length).sort(), [1, 3]);
  const kept = await t.jobs("mail");
  assert.deepEqual(Object.fromEntries(kept.map(({ payload, state }) => [payload, state])), {
    a: "done",
    bad: "failed",
    c: "done",
    d: "done",
  });
});

test("no more run at once than a job, a group and the worker allow", async () => {
  const db = database();
  const now = new Map<string, number>();
  const most = new Map<string, number>();
  const counted = async (key: string): Promise<void> => {
    now.set(key, (now.get(key) ?? 0) + 1);
    most.set(key, Math.max(most.get(key) ?? 0, now.get(key) ?? 0));
    await new Promise((resolve) => setTimeout(resolve, 20));
    now.set(key, (now.get(key) ?? 0) - 1);
  };
  const needs = { pool: db.pool };
  const two = job("two", { needs, concurrency: 2 }, async () => {
    await Promise.all([counted("two"), counted("all")]);
  });
  const grouped = job("grouped", { needs, payload: z.string(), groupConcurrency: 1 }, async ({ payload }) => {
    await Promise.all([counted(payload), counted("all")]);
  });
  const app = kiln({ title: "Jobs", jobs: { concurrency: 3, database: db } });
  app.post("/", { needs: { two, grouped, tx: db.transaction } }, async ({ two, grouped, tx }) => {
    for (let i = 0; i < 6; i++) {
      await two(undefined, { tx });
      await grouped("a", { tx, group: "a" });
      await grouped("b", { tx, group: "b" });
    }
  });
  await using t = await testApp(app);
  await t.post("/");
  await t.idle();
  assert.deepEqual(Object.fromEntries(most), { two: 2, a: 1, b: 1, all: 3 });
  assert.equal(t.logs.filter("job_completed").length, 18);
});

test("text that PostgreSQL does not keep is refused in payloads, fails as a result, and is replaced in errors and notes", async () => {
  const db = database();
  const say = job(
    "say",
    { payload: z.string(), returns: z.string(), needs: { pool: db.pool } },
    ({ payload, progress }) => {
      progress(Number.NaN, "a \0 note");
      if (payload === "throw") throw Object.assign(new GiveUp("a \0 and half a \ud83d"), { issues: [{ input: 1n }] });
      return payload === "return" ? "\0" : payload;
    },
  );
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { say, tx: db.transaction } }, async ({ say, tx }) => {
    for (const text of ["\0", "half a \ud83d"]) await assert.rejects(say(text, { tx }), { code: "KILN_JOBS_PAYLOAD" });
    // The transaction has not heard of it. What only looks like an escape is text.
    for (const text of ["throw", "return", "\\u0000 \\ud83d 😀"]) await say(text, { tx });
  });
  await using t = await testApp(app);
  assert.equal((await t.post("/")).status, 204);
  await t.idle();
  const kept = await t.jobs("say");
  assert.deepEqual(Object.fromEntries(kept.map(({ payload, state }) => [payload, state])), {
    throw: "failed",
    return: "failed",
    "\\u0000 \\ud83d 😀": "done",
  });
  const message = kept.find(({ payload }) => payload === "throw")?.error?.message;
  assert.equal(message, "a \uFFFD and half a \uFFFD");
  assert.equal(kept.find(({ state }) => state === "done")?.result, "\\u0000 \\ud83d 😀");
  assert.equal(t.logs.find("job_progress_lost"), undefined);
});

test("a long queue of one job does not keep the others waiting", async () => {
  const db = database();
  const ran: string[] = [];
  const many = job("many", { payload: z.int(), needs: { pool: db.pool } }, () => void ran.push("many"));
  const few = job("few", { needs: { pool: db.pool } }, () => void ran.push("few"));
  const app = kiln({ title: "Jobs", jobs: { concurrency: 1, list: [many, few] } });
  app.post("/", { needs: { many, few, tx: db.transaction } }, async ({ many, few, tx }) => {
    for (let n = 0; n < 50; n++) await many(n, { tx });
    await few(undefined, { tx });
  });
  await using t = await testApp(app);
  await t.post("/");
  await t.idle();
  assert.equal(ran.length, 51);
  assert.ok(ran.indexOf("few") < 10, `it ran after ${ran.indexOf("few")} others`);
});

test("those of other groups do not wait behind a group that is full", async () => {
  const db = database();
  const ran: string[] = [];
  const work = job("work", { payload: z.string(), groupConcurrency: 1 }, async ({ payload }) => {
    ran.push(payload);
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  const app = kiln({ title: "Jobs", jobs: { list: [work], database: db, concurrency: 3 } });
  app.post("/", { needs: { work, tx: db.transaction } }, async ({ work, tx }) => {
    for (let n = 0; n < 20; n++) await work("first", { tx, group: "a" });
    await work("other", { tx, group: "b" });
  });
  await using t = await testApp(app);
  await t.post("/");
  await t.idle();
  assert.equal(ran.length, 21);
  assert.ok(ran.indexOf("other") < 10, `it ran after ${ran.indexOf("other")} others`);
});

test("of a batch only the one that was cancelled stays so; the others run again, and none has lost an attempt", async () => {
  const db = database();
  const seen: string[][] = [];
  const attempts = new Set<number>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const mail = batchJob("mail", { batch: 3, payload: z.string(), retry: { limit: 0 } }, async ({ items, signal }) => {
    seen.push(items.map(({ payload }) => payload).sort());
    for (const { attempt } of items) attempts.add(attempt);
    if (seen.length > 1) return;
    begin();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    signal.throwIfAborted();
  });
  const app = kiln({ title: "Jobs", jobs: { list: [mail], database: db, concurrency: 1 } });
  app.post("/", { needs: { mail, tx: db.transaction } }, async ({ mail, tx }) => {
    const ids = [];
    for (const to of ["a", "b", "c"]) ids.push(await mail(to, { tx }));
    return ids;
  });
  app.delete("/:id", { needs: { id: path(z.string()), jobs: jobAdmin } }, ({ id, jobs }) => jobs.cancel({ ids: [id] }));
  await using t = await testApp(app);
  const [, second] = (await t.post("/")).json() as string[];
  await begun;
  await t.delete(`/${second}`);
  await t.idle();
  assert.deepEqual(seen[0], ["a", "b", "c"]);
  // Together or one after the other: each goes back by itself.
  assert.deepEqual(seen.slice(1).flat().sort(), ["a", "c"]);
  assert.deepEqual([...attempts], [1]);
  const states = Object.fromEntries((await t.jobs("mail")).map(({ payload, state }) => [payload, state]));
  assert.deepEqual(states, { a: "done", b: "cancelled", c: "done" });
});
