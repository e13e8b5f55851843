import assert from "node:assert/strict";
import { test } from "node:test";
import { type App, body, kiln, path } from "kilnjs";
import { type Postgres, postgres } from "kilnjs/postgres";
import { type TestApp, testApp } from "kilnjs/testing";
import { Kysely, PostgresDialect } from "kysely";
import { z } from "zod";
import { sharedServer } from "../integrations/postgres/server.ts";
import { named, registerSdk, type Seen, treeOf } from "./sdk.ts";

const shared = sharedServer();
const sdk = registerSdk();

async function spansOf(app: App, run: (t: TestApp) => Promise<unknown>): Promise<readonly Seen[]> {
  await using t = await testApp(app);
  sdk.take();
  await run(t);
  await t.idle();
  return sdk.take();
}

function database(): Postgres {
  return postgres({ url: shared.url });
}

test("statements of a transaction are spans, its begin and its commit too", async () => {
  const db = database();
  const app = kiln({ title: "Traced" });
  app.post("/users/:id", { needs: { id: path(z.int()), tx: db.transaction } }, async ({ id, tx }) => {
    const { rows } = await tx.query<{ id: number }>("select $1::int as id, 'geheim' as secret", [id]);
    return rows[0]?.id;
  });
  const spans = await spansOf(app, (t) => t.post("/users/7"));
  const tree = treeOf(spans).map((line) => line.replace(/(BEGIN|SELECT|COMMIT) .*/, "$1"));
  assert.deepEqual(tree, [
    "POST /users/:id",
    "  connection",
    "  transaction",
    "  handler",
    "    BEGIN",
    "    SELECT",
    "  clean up transaction",
    "    COMMIT",
    "  clean up connection",
  ]);
  const select = spans.find((span) => span.name.startsWith("SELECT"));
  assert.equal(select?.kind, "CLIENT");
  assert.equal(select.attributes["db.system.name"], "postgresql");
  assert.equal(select.attributes["db.operation.name"], "SELECT");
  assert.equal(select.attributes["db.query.text"], "select $1::int as id, ? as secret");
  assert.equal(select.name, `SELECT ${String(select.attributes["db.namespace"])}`);
  assert.doesNotMatch(JSON.stringify(spans), /geheim/);
});

test("a statement that fails marks its span with the code of the database", async () => {
  const db = database();
  const app = kiln({ title: "Traced" });
  app.get("/", { needs: { db: db.connection } }, async ({ db }) => {
    await db.query("select 1 / $1::int", [0]);
  });
  const spans = await spansOf(app, (t) => t.get("/"));
  const select = spans.find((span) => span.name.startsWith("SELECT"));
  assert.equal(select?.status, "ERROR");
  assert.equal(select.attributes["error.type"], "22012");
  assert.equal(select.attributes["db.response.status_code"], "22012");
  assert.equal(select.exceptions.length, 1);
  assert.equal(named(spans, "handler").exceptions.length, 0);
});

test("what a query builder sends over the pool is followed as well", async () => {
  const db = database();
  const app = kiln({ title: "Traced" });
  app.post("/", { needs: { n: body(z.int()), pool: db.pool } }, async ({ n, pool }) => {
    // The dialect's own type of a pool names more of pg than it uses.
    const kysely = new Kysely<{ t: { n: number } }>({ dialect: new PostgresDialect({ pool: pool as never }) });
    await kysely.selectNoFrom((of) => of.val(n).as("n")).execute();
  });
  const spans = await spansOf(app, (t) => t.post("/", { json: 4711 }));
  assert.ok(spans.some((span) => span.name.startsWith("SELECT")));
  assert.doesNotMatch(JSON.stringify(spans), /4711/);
});

test("with `queries: false`, and outside of a request, statements make no spans", async () => {
  const db = database();
  const app = kiln({ title: "Traced", tracing: { queries: false } });
  app.get("/", { needs: { db: db.connection } }, async ({ db }) => {
    await db.query("select 1");
  });
  const spans = await spansOf(app, (t) => t.get("/"));
  assert.deepEqual(treeOf(spans), ["GET /", "  connection", "  handler", "  clean up connection"]);
  assert.deepEqual(await spansOf(kiln({ title: "Idle" }), async () => {}), []);
});
