import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { test } from "node:test";
import pg from "pg";
import { withClient } from "../../../src/integrations/postgres/admin.ts";
import { poolOf } from "./pools.ts";
import { sharedServer, until } from "./server.ts";

const shared = sharedServer();
const pid = "select pg_backend_pid() as pid";

test("the pool is a pool of pg", async () => {
  await using pool = await poolOf({ url: shared.url });
  assert.ok(pool instanceof pg.Pool);
  assert.deepEqual((await pool.query("select $1::integer as n", [7])).rows, [{ n: 7 }]);
  assert.deepEqual((await pool.query({ text: "select 1, 2", rowMode: "array" })).rows, [[1, 2]]);
  const { rows } = await pool.query("select current_database() as name");
  assert.deepEqual(rows, [{ name: "app" }]);
});

test("a date is midnight UTC, whatever the machine's time zone; a timestamp is what pg makes of it", async () => {
  await using pool = await poolOf({ url: shared.url });
  const { rows } = await pool.query(
    "select '2026-02-28'::date as day, 'infinity'::date as never, '2026-02-28T10:00:00Z'::timestamptz as at, 1::bigint as big",
  );
  const expected = {
    day: new Date("2026-02-28T00:00:00Z"),
    never: "infinity",
    at: new Date("2026-02-28T10:00:00Z"),
    big: "1",
  };
  assert.deepEqual(rows, [expected]);
});

test("callbacks of libraries made for pg still work", async () => {
  await using pool = await poolOf({ url: shared.url });
  // The types of `pg` have these forms; ours only offer promises.
  const plain = pool as unknown as pg.Pool;
  const rows = await new Promise((resolve, reject) => {
    plain.connect((error, client, done) => {
      if (error !== undefined || client === undefined) return reject(error);
      void client.query("select 1 as one", (failed, result) => {
        done();
        if (failed) reject(failed);
        else resolve(result.rows);
      });
    });
  });
  assert.deepEqual(rows, [{ one: 1 }]);
  assert.deepEqual(pool.figures, { total: 1, idle: 1, waiting: 0 });
});

test("a statement that fails costs no connection", async () => {
  await using pool = await poolOf({ url: shared.url, max: 1 });
  const { rows: before } = await pool.query(pid);
  await assert.rejects(pool.query("select 1 / $1::integer", [0]), { code: "22012" });
  assert.deepEqual((await pool.query(pid)).rows, before);
});

test("a client that was taken and broken is closed when it comes back", async () => {
  await using pool = await poolOf({ url: shared.url, max: 1 });
  const { rows: before } = await pool.query(pid);
  const client = await pool.connect();
  await client.query("begin");
  client.release();
  assert.notDeepEqual((await pool.query(pid)).rows, before);
  assert.deepEqual(pool.figures, { total: 1, idle: 1, waiting: 0 });
});

test("giving a client back twice is an error and frees one place", async () => {
  await using pool = await poolOf({ url: shared.url, max: 1 });
  const client = await pool.connect();
  client.release();
  assert.throws(() => client.release(), /already been released/);
  const again = await pool.connect();
  const [second] = await Promise.allSettled([pool.checkout(AbortSignal.timeout(50))]);
  assert.equal(second.status, "rejected");
  again.release();
});

test("a connection goes to the next one who waits, and nobody can give back what another has", async () => {
  await using pool = await poolOf({ url: shared.url, max: 1 });
  const plain = pool as unknown as pg.Pool;
  const first = await new Promise<{ readonly client: pg.PoolClient; readonly done: () => void }>((resolve, reject) => {
    plain.connect((error, client, done) => (client === undefined ? reject(error) : resolve({ client, done })));
  });
  const { rows: before } = await first.client.query(pid);
  const next = pool.connect();
  const last = pool.connect();
  assert.equal(pool.figures.waiting, 2);
  first.done();
  const second = await next;
  assert.throws(() => first.done(), /already been released/);
  assert.deepEqual((await second.query(pid)).rows, before);
  assert.deepEqual(pool.figures, { total: 1, idle: 0, waiting: 1 });
  await second.query("begin");
  second.release();
  // In a transaction it is not handed on: the last one gets another connection.
  const third = await last;
  assert.notDeepEqual((await third.query(pid)).rows, before);
  third.release();
  assert.deepEqual(pool.figures, { total: 1, idle: 1, waiting: 0 });
});

test("one who leaves the queue when the connection comes is not the one who gets it", async () => {
  await using pool = await poolOf({ url: shared.url, max: 1 });
  const held = await pool.checkout();
  const gone = new AbortController();
  const leaving = pool.checkout(gone.signal);
  const staying = pool.checkout();
  // It has been handed on when its signal aborts, and passes it on.
  held.release();
  gone.abort(new Error("gone"));
  await assert.rejects(leaving, /gone/);
  (await staying).release();
  assert.deepEqual(pool.figures, { total: 1, idle: 1, waiting: 0 });
});

test("a connection that is never idle is replaced when it is too old", async () => {
  await using pool = await poolOf({ url: shared.url, max: 1, maxLifetime: 1_000 });
  const { rows: before } = await pool.query(pid);
  let replaced = false;
  const ask = async (): Promise<void> => {
    while (!replaced) replaced = (await pool.query(pid)).rows[0]?.pid !== before[0]?.pid;
  };
  // Two of them, so that one always waits.
  await Promise.all([ask(), ask()]);
  assert.equal(pool.figures.total, 1);
});

test("the stack of a statement's error leads to who asked", async () => {
  await using pool = await poolOf({ url: shared.url });
  const askWrongly = async (): Promise<unknown> => await pool.query("select nothing_like_it");
  await assert.rejects(askWrongly(), (error: Error) => {
    assert.match(error.stack ?? "", /askWrongly/);
    return true;
  });
});

test("connections that the server ends are replaced, in use or not", async () => {
  await using pool = await poolOf({ url: shared.url, max: 4 });
  const taken = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
  taken[0].release();
  await withClient(shared.server.url(), async (client) => {
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kiln' and datname = 'app'",
    );
  });
  await until("the idle one is gone", () => pool.figures.idle === 0);
  await assert.rejects(taken[1].query("select 1"));
  taken[1].release();
  taken[2].release();
  assert.deepEqual((await pool.query("select 1 as one")).rows, [{ one: 1 }]);
  assert.equal(pool.figures.total, 1);
});

test("a server that is gone is a 503 for requests, and found again when it is back", async () => {
  await using pool = await poolOf({ url: shared.url, acquireTimeout: 300, max: 1 });
  const { rows } = await pool.query<{ pid: number }>("select pg_postmaster_start_time(), pg_backend_pid() as pid");
  assert.equal(rows.length, 1);
  const plain = pool as unknown as { options: { port?: number; connectionString?: string } };
  const right = plain.options.connectionString;
  plain.options.connectionString = "postgres://x:y@127.0.0.1:1/none";
  await withClient(shared.server.url(), (client) => client.query("select pg_terminate_backend($1)", [rows[0]?.pid]));
  await until("it is gone", () => pool.figures.total === 0);
  await assert.rejects(pool.query("select 1"), {
    status: 503,
    code: "database_unavailable",
    headers: { "retry-after": "1" },
  });
  assert.ok(right);
  plain.options.connectionString = right;
  assert.equal((await pool.query("select 1")).rowCount, 1);
});

test("who waits is served in order, and leaves by its signal or in time", async () => {
  await using pool = await poolOf({ url: shared.url, max: 1, acquireTimeout: 150 });
  const first = await pool.connect();
  const leaving = new AbortController();
  const left = pool.checkout(leaving.signal);
  const late = pool.checkout();
  assert.equal(pool.figures.waiting, 2);
  leaving.abort(new Error("gone"));
  await assert.rejects(left, /gone/);
  await assert.rejects(late, { status: 503, code: "pool_exhausted" });
  const next = pool.checkout();
  first.release();
  (await next).release();
  await assert.rejects(pool.checkout(AbortSignal.abort(new Error("too late"))), /too late/);
  assert.deepEqual(pool.figures, { total: 1, idle: 1, waiting: 0 });
});

test("statements have a time limit unless it is lifted", async () => {
  await using pool = await poolOf({ url: shared.url, statementTimeout: 50 });
  await assert.rejects(pool.query("select pg_sleep(60)"), { code: "57014" });
  await using unlimited = await poolOf({ url: shared.url, statementTimeout: 0 });
  assert.deepEqual((await unlimited.query("show statement_timeout")).rows, [{ statement_timeout: "0" }]);
  await using usual = await poolOf({ url: shared.url });
  assert.deepEqual((await usual.query("show statement_timeout")).rows, [{ statement_timeout: "30s" }]);
});

test("closing turns away who waits, and ends connections that are still in use after a while", async () => {
  const pool = await poolOf({ url: shared.url, max: 1 });
  const client = await pool.connect();
  const waiting = pool.checkout();
  const running = client.query("select pg_sleep(60)");
  const closing = pool.close(50);
  await assert.rejects(waiting, { status: 503 });
  await assert.rejects(running);
  await closing;
  assert.equal(pool.figures.total, 0);
  await pool[Symbol.asyncDispose]();
});

test("a statement under way when its client comes back is stopped on the server", async () => {
  await using pool = await poolOf({ url: shared.url, max: 2 });
  const client = await pool.connect();
  client.query("select pg_sleep(61)").catch(() => {});
  client.release();
  await until("it is stopped", async () => {
    const { rows } = await pool.query(
      "select from pg_stat_activity where query = 'select pg_sleep(61)' and state = 'active'",
    );
    return rows.length === 0;
  });
});

test("a statement that the server takes up only after it was asked to stop it is stopped as well", {
  skip: !existsSync("/proc/self/status") && "signals that a process has not taken yet are seen in Linux's /proc",
}, async () => {
  await using pool = await poolOf({ url: shared.url, max: 2 });
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>(pid);
  const backend = rows[0]?.pid ?? assert.fail("the backend has a pid");
  // A server under load, which is late to read what it was sent.
  process.kill(backend, "SIGSTOP");
  client.query("select pg_sleep(62)").catch(() => {});
  client.release();
  await until("the wish to stop it is there", () => {
    const pending = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${backend}/status`, "utf8"))?.[1];
    return (Number(`0x${pending}`) & (1 << (constants.signals.SIGINT - 1))) !== 0;
  });
  process.kill(backend, "SIGCONT");
  await until("it is stopped", async () => {
    const { rows } = await pool.query("select from pg_stat_activity where pid = $1", [backend]);
    return rows.length === 0;
  });
});
