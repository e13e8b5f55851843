import assert from "node:assert/strict";
import { test } from "node:test";
import { depends, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { withClient } from "../../../src/integrations/postgres/admin.ts";
import {
  cloneDatabase,
  createDatabase,
  dropDatabase,
  prepareTemplate,
} from "../../../src/integrations/postgres/databases.ts";
import { withTestDatabases } from "../../../src/integrations/postgres/test-databases.ts";
import { poolOf } from "./pools.ts";
import { sharedServer } from "./server.ts";

const shared = sharedServer();
const migrations = new URL("./migrations/", import.meta.url);

function run(url: string, text: string): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query(text)).rows);
}

async function databases(): Promise<string[]> {
  const rows = await run(shared.server.url(), "select datname from pg_database order by datname");
  // The query names this one column.
  return (rows as { datname: string }[]).map(({ datname }) => datname);
}

test("a database is created once, whatever its name, and dropped with its connections", async () => {
  const name = 'od"d näme';
  await Promise.all([1, 2, 3].map(() => createDatabase(shared.server, name)));
  assert.ok((await databases()).includes(name));
  await withClient(shared.server.url(name), async (client) => {
    await client.query("select 1");
    await dropDatabase(shared.server, name);
  }).catch(() => {});
  await dropDatabase(shared.server, name);
  assert.ok(!(await databases()).includes(name));
});

test("a template is built once for all who ask at once, and again when its builder failed", async () => {
  let built = 0;
  const build = async (url: string): Promise<void> => {
    built += 1;
    if (built === 1) throw new Error("killed half way");
    await run(url, "create table seeded as select 7 as id");
  };
  await assert.rejects(prepareTemplate(shared.server, "key", build), /half way/);
  const templates = await Promise.all([1, 2, 3, 4].map(() => prepareTemplate(shared.server, "key", build)));
  assert.equal(built, 2);
  const copies = await Promise.all(templates.map((template) => cloneDatabase(shared.server, template)));
  assert.equal(new Set(copies.map(({ database }) => database)).size, 4);
  for (const copy of copies) assert.deepEqual(await run(copy.url, "select id from seeded"), [{ id: 7 }]);
  await Promise.all(copies.map((copy) => copy.drop()));
});

test("templates that were outnumbered and databases that were forgotten are tidied away", async () => {
  await createDatabase(shared.server, "kiln_test_1_forgotten");
  const copy = await cloneDatabase(shared.server);
  for (let key = 0; key < 6; key++) await prepareTemplate(shared.server, `old ${key}`, async () => {});
  const names = await databases();
  assert.equal(names.filter((name) => name.startsWith("kiln_template_")).length, 5);
  assert.ok(!names.includes("kiln_test_1_forgotten"));
  assert.ok(names.includes(copy.database));
  await copy.drop();
});

test("each test app has a database of its own, migrated, and leaves none", async () => {
  const before = await databases();
  const db = postgres({ url: shared.url, migrations });
  const seeded = depends({ db: db.connection }, async ({ db }) => {
    await db.query("insert into notes (text) values ('mine')");
    return (await db.query("select text from notes")).rows;
  });
  const makeApp = () => {
    const app = kiln({ title: "Own" });
    app.get("/", { needs: { seeded, pool: db.pool } }, async ({ seeded, pool }) => {
      const { rows } = await pool.query<{ name: string }>("select current_database() as name");
      return { notes: seeded.length, name: rows[0]?.name ?? "" };
    });
    return app;
  };
  const answers = await Promise.all(
    [1, 2, 3].map(async () => {
      await using t = await testApp(makeApp());
      return (await t.get("/")).json<{ notes: number; name: string }>();
    }),
  );
  assert.deepEqual(
    answers.map(({ notes }) => notes),
    [1, 1, 1],
  );
  assert.equal(new Set(answers.map(({ name }) => name)).size, 3);
  const left = (await databases()).filter((name) => !before.includes(name));
  assert.ok(
    left.every((name) => name.startsWith("kiln_template_")),
    left.join(),
  );
});

test("a test app never touches the database that a postgres:// URL names", async () => {
  await createDatabase(shared.server, "precious");
  const url = shared.server.url("precious");
  const pool = await withTestDatabases(() => poolOf({ url, migrations }));
  await pool.query("insert into notes (text) values ('elsewhere')");
  await pool[Symbol.asyncDispose]();
  assert.deepEqual(await run(url, "select to_regclass('notes') as notes"), [{ notes: null }]);
});
