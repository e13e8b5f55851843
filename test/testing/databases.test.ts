import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { testApp } from "kilnjs/testing";
import { assertNothingRuns, sharedServer, temporaryFolder } from "../integrations/postgres/server.ts";
import { app, db } from "./programs/notes-app.ts";

const run = promisify(execFile);
const shared = sharedServer();

async function databases(): Promise<string[]> {
  await using t = await testApp(app, { settings: { databaseUrl: shared.url } });
  const { rows } = await t.value(db.pool).query<{ datname: string }>("select datname from pg_database");
  const own = await t.value(db.pool).query<{ name: string }>("select current_database() as name");
  return rows.map(({ datname }) => datname).filter((name) => name !== own.rows[0]?.name);
}

test("each test app has a database of its own, with the migrations applied, and drops it", async () => {
  const options = { settings: { databaseUrl: shared.url } };
  {
    await using one = await testApp(app, options);
    await using two = await testApp(app, { ...options, socket: true });
    await one.post("/notes", { json: "in one" });
    await two.value(db.pool).query("insert into notes (text) values ('in two')");
    assert.deepEqual((await one.get("/notes")).json(), ["in one"]);
    assert.deepEqual((await two.get("/notes")).json(), ["in two"]);
  }
  const names = await databases();
  assert.deepEqual(
    names.filter((name) => name.startsWith("kiln_test_")),
    [],
  );
  assert.equal(names.filter((name) => name.startsWith("kiln_template_")).length, 1);
});

test("the database of development is not touched", async () => {
  const names = await databases();
  assert.equal(names.includes("app"), false);
});

test("test files in several processes share one server, and the last one to leave stops it", async () => {
  const place = temporaryFolder();
  after(() => place.remove());
  const program = fileURLToPath(new URL("./programs/write-notes.ts", import.meta.url));
  const notes = ["a", "b", "c"];
  const seen = await Promise.all(
    notes.map((note) =>
      run(process.execPath, ["--conditions=kilnjs-source", program, `embedded:${place.folder}`, note]),
    ),
  );
  assert.deepEqual(
    seen.map(({ stdout }) => stdout),
    notes.map((note) => JSON.stringify([note])),
  );
  await assertNothingRuns(place.folder);
});
