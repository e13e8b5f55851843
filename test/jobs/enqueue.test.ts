import assert from "node:assert/strict";
import { test } from "node:test";
import { type App, body, datetime, type EnqueueOptions, job, kiln } from "kilnjs";
import { type Postgres, postgres } from "kilnjs/postgres";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { sharedServer } from "../integrations/postgres/server.ts";

const shared = sharedServer();

function database(): Postgres {
  return postgres({ url: shared.url });
}

async function started(
  app: App,
  run: (t: TestApp) => Promise<void>,
  jobs: "run" | "inline" | "off" = "run",
): Promise<void> {
  await using t = await testApp(app, { jobs });
  await run(t);
}

test("a job runs with its needs, its payload and the id that was returned", async () => {
  const db = database();
  const ran: unknown[] = [];
  const greet = job(
    "greet",
    { payload: z.object({ name: z.string() }), needs: { connection: db.connection } },
    async ({ payload, connection, attempt, id, log }) => {
      const { rows } = await connection.query<{ one: number }>("select 1 as one");
      ran.push({ payload, attempt, id, rows });
      log.info("greeted");
    },
  );
  const app = kiln({ title: "Jobs", jobs: [greet] });
  app.post("/", { needs: { name: body(z.string()), greet } }, ({ name, greet }) => greet({ name }));
  await started(app, async (t) => {
    const answer = await t.post("/", { json: "Ada", headers: { "x-request-id": "request-1" } });
    const id = answer.json();
    await t.idle();
    assert.deepEqual(ran, [{ payload: { name: "Ada" }, attempt: 1, id, rows: [{ one: 1 }] }]);
    const line = t.logs.find("greeted");
    assert.equal(line?.job, "greet");
    assert.equal(line?.job_id, id);
    assert.equal(line?.request_id, "request-1");
    const [kept] = await t.jobs("greet");
    assert.equal(kept?.state, "done");
    assert.equal(kept?.requestId, "request-1");
  });
});

test("in a transaction, the job is there when it commits, and was never there when it is rolled back", async () => {
  const db = database();
  const ran: number[] = [];
  const note = job("note", { payload: z.object({ n: z.int() }) }, ({ payload }) => {
    ran.push(payload.n);
  });
  const app = kiln({ title: "Jobs", jobs: [note] });
  app.post("/", { needs: { n: body(z.int()), tx: db.transaction, note } }, async ({ n, tx, note }) => {
    await note({ n }, { tx });
    if (n < 0) throw new Error("rolled back");
  });
  await started(app, async (t) => {
    assert.equal((await t.post("/", { json: 1 })).status, 204);
    assert.equal((await t.post("/", { json: -1 })).status, 500);
    await t.idle();
    assert.deepEqual(ran, [1]);
    assert.equal((await t.jobs("note")).length, 1);
  });
});

test("a payload is written and read by its codecs, in either form; one that does not fit is refused", async () => {
  const db = database();
  const seen: unknown[] = [];
  const at = job(
    "at",
    { payload: z.object({ at: datetime(), n: z.int().default(3) }), needs: { pool: db.pool } },
    (run) => {
      seen.push(run.payload);
    },
  );
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { at } }, async ({ at }) => {
    await at({ at: new Date("2026-01-02T03:04:05Z"), n: 1 });
    await at({ at: "2026-01-02T03:04:05Z" });
    // @ts-expect-error: a number is no date
    await assert.rejects(at({ at: 7 }), { code: "KILN_JOBS_PAYLOAD" });
  });
  await started(app, async (t) => {
    assert.equal((await t.post("/")).status, 204);
    await t.idle();
    const byNumber = seen.toSorted((one, other) => (one as { n: number }).n - (other as { n: number }).n);
    assert.deepEqual(byNumber, [
      { at: new Date("2026-01-02T03:04:05Z"), n: 1 },
      { at: new Date("2026-01-02T03:04:05Z"), n: 3 },
    ]);
    assert.equal((await t.jobs("at")).length, 2);
  });
});

test("delays, moments and priorities are kept to", async () => {
  const db = database();
  const ran: string[] = [];
  const say = job("say", { payload: z.string(), needs: { pool: db.pool }, concurrency: 1 }, ({ payload }) => {
    ran.push(payload);
  });
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { say, tx: db.transaction } }, async ({ say, tx }) => {
    await say("in two hours", { delay: "2h" });
    await say("tomorrow", { at: new Date(Date.now() + 86_400_000), tx });
    await say("later", { tx });
    await say("first", { priority: 10, tx });
  });
  await started(app, async (t) => {
    await t.post("/");
    await t.idle();
    assert.deepEqual(ran, ["first", "later"]);
    await t.advance("2h");
    await t.idle();
    assert.deepEqual(ran, ["first", "later", "in two hours"]);
    await t.advance("1d");
    await t.idle();
    assert.deepEqual(ran, ["first", "later", "in two hours", "tomorrow"]);
  });
});

test("a delay is over without anybody moving the clock", async () => {
  const db = database();
  const { promise, resolve } = Promise.withResolvers<void>();
  const soon = job("soon", { needs: { pool: db.pool } }, () => resolve());
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { soon } }, ({ soon }) => soon(undefined, { delay: 50 }));
  await started(app, async (t) => {
    await t.post("/");
    await promise;
  });
});

test("a singleton is there once for each key, and its id is returned to all", async () => {
  const db = database();
  const sync = job("sync", { payload: z.string(), needs: { pool: db.pool }, singleton: "queued" }, () => {});
  const plain = job("plain", { needs: { pool: db.pool } }, () => {});
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { sync, plain, tx: db.transaction } }, async ({ sync, plain, tx }) => {
    const first = await sync("a", { singletonKey: "1" });
    assert.equal(await sync("b", { singletonKey: "1" }), first);
    assert.equal(await sync("b", { singletonKey: "1", tx }), first);
    assert.notEqual(await sync("c", { singletonKey: "2" }), first);
    await assert.rejects(plain(undefined, { singletonKey: "1" }), { code: "KILN_JOBS_INVALID" });
    const throttled = await plain(undefined, { throttle: "1h" });
    assert.equal(await plain(undefined, { throttle: "1h" }), throttled);
    return null;
  });
  await started(
    app,
    async (t) => {
      assert.equal((await t.post("/")).status, 200, JSON.stringify(t.logs.lines));
      assert.deepEqual(
        (await t.jobs("sync")).map(({ payload }) => payload),
        ["a", "c"],
      );
      assert.equal((await t.jobs("plain")).length, 1);
    },
    "off",
  );
});

test("one that is throttled stands back for a singleton that was not, and the other way round", async () => {
  const db = database();
  const sync = job("sync", { needs: { pool: db.pool }, singleton: "queued" }, () => {});
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { sync, tx: db.transaction } }, async ({ sync, tx }) => {
    const first = await sync(undefined, { singletonKey: "1" });
    for (const options of [{ throttle: "1h" }, { debounce: "1h" }, { throttle: "1h", tx }] as const) {
      assert.equal(await sync(undefined, { singletonKey: "1", ...options }), first);
    }
    const slotted = await sync(undefined, { singletonKey: "2", throttle: "1h" });
    assert.equal(await sync(undefined, { singletonKey: "2" }), slotted);
  });
  await started(app, async (t) => assert.equal((await t.post("/")).status, 204), "off");
});

test("debounced, one more runs at the end of the slot, for all that came meanwhile", async () => {
  const db = database();
  const ran: number[] = [];
  const index = job("index", { payload: z.int(), needs: { pool: db.pool } }, ({ payload }) => {
    ran.push(payload);
  });
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { index } }, async ({ index }) => {
    const ids = [];
    for (let n = 1; n <= 4; n++) ids.push(await index(n, { debounce: "1h" }));
    return ids;
  });
  await started(app, async (t) => {
    const ids = (await t.post("/")).json() as string[];
    assert.equal(new Set(ids).size, 2);
    assert.deepEqual(ids.slice(2), [ids[1], ids[1]]);
    await t.idle();
    assert.deepEqual(ran, [1]);
    await t.advance("2h");
    await t.idle();
    assert.deepEqual(ran, [1, 2]);
  });
});

test("options that cannot work are refused before the transaction hears of them", async () => {
  const db = database();
  const plain = job("plain", { payload: z.int().optional(), needs: { pool: db.pool } }, () => {});
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { plain, tx: db.transaction } }, async ({ plain, tx }) => {
    const wrong: readonly EnqueueOptions[] = [
      { at: new Date(Number.NaN) },
      { at: new Date(), delay: "1h" },
      { delay: Number.MAX_VALUE },
      { throttle: "1m", debounce: "1m" },
      { priority: 1.5 },
      { priority: 2 ** 31 },
      { group: "" },
      { group: "\0" },
      { singletonKey: "x".repeat(5_000), throttle: "1m" },
    ];
    for (const options of wrong) await assert.rejects(plain(1, { tx, ...options }), { code: "KILN_JOBS_INVALID" });
    // @ts-expect-error: JSON has no bigint
    await assert.rejects(plain({ n: 1n }, { tx }), { code: "KILN_JOBS_PAYLOAD" });
    await plain(1, { tx, delay: 0, group: "'; drop table job; --", throttle: "1m", singletonKey: "O'Hara" });
  });
  await started(app, async (t) => {
    assert.equal((await t.post("/")).status, 204, JSON.stringify(t.logs.lines));
    await t.idle();
    assert.deepEqual(
      (await t.jobs("plain")).map(({ state }) => state),
      ["done"],
    );
  });
});

test("inline, an enqueue waits until the job has run", async () => {
  const db = database();
  const ran: string[] = [];
  const slow = job("slow", { payload: z.string(), needs: { pool: db.pool } }, async ({ payload, pool }) => {
    await pool.query("select pg_sleep(0.05)");
    ran.push(payload);
  });
  const app = kiln({ title: "Jobs" });
  app.post("/", { needs: { slow } }, async ({ slow }) => {
    await slow("a");
    return [...ran];
  });
  await started(app, async (t) => assert.deepEqual((await t.post("/")).json(), ["a"]), "inline");
});

test("a job that enqueues another, and one that is replaced", async () => {
  const db = database();
  const ran: string[] = [];
  const second = job("second", { payload: z.string(), needs: { pool: db.pool } }, ({ payload }) => {
    ran.push(payload);
  });
  const first = job("first", { needs: { second } }, async ({ second }) => {
    await second("from the first");
  });
  const make = (): App => {
    const app = kiln({ title: "Jobs", jobs: [first] });
    app.post("/", { needs: { first } }, ({ first }) => first());
    return app;
  };
  await started(make(), async (t) => {
    await t.post("/");
    await t.idle();
    assert.deepEqual(ran, ["from the first"]);
  });
  const enqueued: unknown[] = [];
  const standIn = async (payload: unknown): Promise<string> => {
    enqueued.push(payload);
    return "replaced";
  };
  await using t = await testApp(make(), { replace: [[second, standIn]] });
  await t.post("/");
  await t.idle();
  assert.deepEqual(enqueued, ["from the first"]);
});
