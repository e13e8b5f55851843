import assert from "node:assert/strict";
import { test } from "node:test";
import { depends, kiln } from "kilnjs";
import { type ClientSource, postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { type Generated, Kysely, PostgresDialect, sql } from "kysely";
import { sharedServer } from "./server.ts";

const shared = sharedServer();

interface Tables {
  readonly notes: { readonly id: Generated<number>; readonly text: string };
}

function kyselyOn(pool: ClientSource): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

const db = postgres({
  url: shared.url,
  migrations: new URL("./migrations/", import.meta.url),
  max: 2,
  acquireTimeout: 300,
});
const onPool = depends({ pool: db.pool }, ({ pool }) => kyselyOn(pool));
const onConnection = depends({ connection: db.connection }, ({ connection }) => kyselyOn(connection));
const onTransaction = depends({ transaction: db.transaction }, ({ transaction }) => kyselyOn(transaction));

function makeApp() {
  const app = kiln({ title: "Kysely" });
  for (const [name, kysely] of Object.entries({ pool: onPool, connection: onConnection })) {
    app.get(`/${name}`, { needs: { kysely } }, async ({ kysely }) => {
      await kysely.insertInto("notes").values({ text: name }).execute();
      await kysely.transaction().execute(async (inner) => {
        await inner
          .insertInto("notes")
          .values({ text: `${name} inside` })
          .execute();
      });
      await kysely
        .transaction()
        .execute(async (inner) => {
          await inner.insertInto("notes").values({ text: "never" }).execute();
          throw new Error("no");
        })
        .catch(() => {});
      const rows = await Promise.all([1, 2, 3].map(() => kysely.selectFrom("notes").select("text").execute()));
      return rows[2]?.map(({ text }) => text);
    });
  }
  app.get("/transaction", { needs: { kysely: onTransaction } }, async ({ kysely }) => {
    await kysely.insertInto("notes").values({ text: "kept" }).execute();
    const { isolation } = await kysely
      .selectNoFrom(sql<string>`current_setting('transaction_isolation')`.as("isolation"))
      .executeTakeFirstOrThrow();
    const nested = await kysely
      .transaction()
      .execute(async () => "begun")
      .catch((error: Error) => error.message);
    return { isolation, nested };
  });
  app.get("/stuck", { needs: { kysely: onConnection } }, ({ kysely }) =>
    kysely.transaction().execute(async () => kysely.selectFrom("notes").selectAll().execute()),
  );
  app.get("/count", { needs: { kysely: onPool, pool: db.pool } }, async ({ kysely, pool }) => ({
    rows: (await kysely.selectFrom("notes").select("text").where("text", "=", "kept").execute()).length,
    figures: pool.figures,
  }));
  return app;
}

test("Kysely runs on the pool, on a connection and on a transaction", async () => {
  await using t = await testApp(makeApp());
  assert.deepEqual((await t.get("/pool")).json(), ["pool", "pool inside"]);
  assert.deepEqual((await t.get("/connection")).json(), ["pool", "pool inside", "connection", "connection inside"]);
  const inside = (await t.get("/transaction")).json<{ isolation: string; nested: string }>();
  assert.equal(inside.isolation, "read committed");
  assert.match(inside.nested, /KILN_POSTGRES_TRANSACTION/);
  const { rows, figures } = (await t.get("/count")).json<{ rows: number; figures: { waiting: number } }>();
  assert.equal(rows, 1);
  assert.equal(figures.waiting, 0);
});

test("a query beside its own open transaction on one connection is told apart from a hang", async () => {
  await using t = await testApp(makeApp());
  const answered = await t.get("/stuck");
  assert.equal(answered.status, 503);
  assert.match(answered.json<{ detail: string }>().detail, /its own open transaction/);
  assert.equal((await t.get("/count")).status, 200);
});
