// What a request had of a database, used by its tasks: refused in words, and never a query on somebody else's connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { background, depends, type KilnError, kiln, log } from "kilnjs";
import { type ClientSource, type PostgresConnection, postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { type Generated, Kysely, PostgresDialect } from "kysely";
import { sharedServer } from "../integrations/postgres/server.ts";

const shared = sharedServer();
interface Tables {
  readonly notes: { readonly id: Generated<number>; readonly text: string };
}
function kyselyOn(pool: ClientSource): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

const migrations = new URL("../integrations/postgres/migrations/", import.meta.url);
// One connection: a task that still had it would share it with the request that has it now.
const db = postgres({ url: shared.url, migrations, max: 1, acquireTimeout: 5_000 });
const onConnection = depends({ connection: db.connection }, ({ connection }) => kyselyOn(connection));
const onTransaction = depends({ connection: db.transaction }, ({ connection }) => kyselyOn(connection));
const onPool = depends({ pool: db.pool }, ({ pool }) => kyselyOn(pool));

async function write(connection: PostgresConnection): Promise<void> {
  await connection.query("insert into notes (text) values ('late')");
}
async function writeByKysely(kysely: Kysely<Tables>): Promise<void> {
  await kysely.insertInto("notes").values({ text: "late" }).execute();
}
async function writeInKyselyTransaction(kysely: Kysely<Tables>): Promise<void> {
  await kysely.transaction().execute((inner) => inner.insertInto("notes").values({ text: "late" }).execute());
}

function makeApp() {
  const app = kiln({ title: "Notes" });
  app.post("/connection", { needs: { background, db: db.connection } }, ({ background, db }) => {
    background.add(write, db);
  });
  app.post("/transaction", { needs: { background, db: db.transaction } }, async ({ background, db }) => {
    await db.query("select 1");
    background.add(write, db);
  });
  app.post("/taken", { needs: { background, db: db.connection } }, async ({ background, db }) => {
    // Taken while it was the request's, and never given back: what a query builder may hold.
    const client = await db.connect();
    background.add(async function writeOnTaken() {
      await client.query("insert into notes (text) values ('late')");
    });
  });
  for (const [name, kysely] of Object.entries({ onConnection, onTransaction })) {
    app.post(`/kysely/${name}`, { needs: { background, kysely } }, ({ background, kysely }) => {
      background.add(writeByKysely, kysely);
      background.add(writeInKyselyTransaction, kysely);
    });
  }
  app.post("/pool", { needs: { background, kysely: onPool, pool: db.pool } }, ({ background, kysely, pool }) => {
    background.add(writeByKysely, kysely);
    background.add(async function note() {
      const { rows } = await pool.query<{ n: number }>("select 1 as n");
      log.info({ n: rows[0]?.n }, "asked");
    });
  });
  app.get("/notes", { needs: { pool: db.pool } }, async ({ pool }) => {
    const { rows } = await pool.query<{ text: string }>("select text from notes");
    return rows.map(({ text }) => text);
  });
  return app;
}

test("a task that uses its request's connection or transaction fails in words and touches no row", async () => {
  await using t = await testApp(makeApp());
  for (const [path, tasks] of [
    ["/connection", ["write"]],
    ["/transaction", ["write"]],
    ["/taken", ["writeOnTaken"]],
    ["/kysely/onConnection", ["writeByKysely", "writeInKyselyTransaction"]],
    ["/kysely/onTransaction", ["writeByKysely", "writeInKyselyTransaction"]],
  ] as const) {
    t.logs.clear();
    assert.equal((await t.post(path)).status, 204);
    await t.idle();
    const failed = t.logs.filter("background_task_failed");
    assert.deepEqual(failed.map(({ task }) => String(task)).toSorted(), tasks, path);
    for (const { err } of failed) {
      const { message } = err as KilnError;
      assert.match(message, /KILN_POSTGRES_RELEASED.*was lent for one request.*`db\.pool`/, path);
    }
  }
  assert.deepEqual((await t.get("/notes")).json(), []);
});

test("the pool lives as long as the app: a task uses it, by itself or through Kysely", async () => {
  await using t = await testApp(makeApp());
  assert.equal((await t.post("/pool")).status, 204);
  await t.idle();
  assert.equal(t.logs.find("background_task_failed"), undefined);
  assert.equal(t.logs.find("asked")?.n, 1);
  assert.deepEqual((await t.get("/notes")).json(), ["late"]);
});
