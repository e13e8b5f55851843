import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { withClient } from "../../../src/integrations/postgres/admin.ts";
import { cloneDatabase, type DatabaseCopy } from "../../../src/integrations/postgres/databases.ts";
import { migrate, migrationsKey, readMigrations } from "../../../src/integrations/postgres/migrations.ts";
import { poolOf } from "./pools.ts";
import { sharedServer } from "./server.ts";

const shared = sharedServer();
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "kiln-migrations-"));
  folders.push(folder);
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return folder;
}

async function database(): Promise<DatabaseCopy & AsyncDisposable> {
  const copy = await cloneDatabase(shared.server);
  return { ...copy, [Symbol.asyncDispose]: copy.drop };
}

async function apply(url: string, folder: string): Promise<void> {
  await migrate(url, await readMigrations(folder));
}

function run(url: string, text: string): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query(text)).rows);
}

const first = { "001_a.sql": "create table a (id integer);" };

test("files run once, in the order of their numbers, also when later ones come", async () => {
  await using copy = await database();
  const folder = folderOf({
    "2-b.sql": "insert into a values (2);",
    ...first,
    "10.sql": "insert into a values (10);",
    "notes.txt": "",
  });
  await apply(copy.url, folder);
  await apply(copy.url, folder);
  writeFileSync(join(folder, "011_more.sql"), "insert into a values (11);");
  await apply(copy.url, folder);
  assert.deepEqual(await run(copy.url, "select id from a"), [{ id: 2 }, { id: 10 }, { id: 11 }]);
  assert.deepEqual(await run(copy.url, "select number, file from kiln_migrations order by number"), [
    { number: 1, file: "001_a.sql" },
    { number: 2, file: "2-b.sql" },
    { number: 10, file: "10.sql" },
    { number: 11, file: "011_more.sql" },
  ]);
});

test("a file that fails leaves nothing of itself, and names its line", async () => {
  await using copy = await database();
  const folder = folderOf({
    ...first,
    "002_b.sql": "insert into a values (1);\nselect 1;\ninsert into nowhere values (1);",
  });
  await assert.rejects(apply(copy.url, folder), (error: Error) => {
    assert.match(
      error.message,
      /KILN_POSTGRES_MIGRATION.*"002_b\.sql" failed at line 3: relation "nowhere" does not exist/,
    );
    return true;
  });
  assert.deepEqual(await run(copy.url, "select * from a"), []);
  writeFileSync(join(folder, "002_b.sql"), "insert into a values (1);");
  await apply(copy.url, folder);
  assert.deepEqual(await run(copy.url, "select * from a"), [{ id: 1 }]);
});

test("a file that ends its own transaction is refused", async () => {
  await using copy = await database();
  await assert.rejects(apply(copy.url, folderOf({ "1.sql": "select 1 / 0" })), /division by zero/);
});

test("what contradicts the database is refused, what is older than it is not", async () => {
  await using copy = await database();
  const folder = folderOf({ ...first, "003_c.sql": "create table c ();" });
  await apply(copy.url, folder);
  await apply(copy.url, folderOf(first));
  await apply(copy.url, folderOf({ "001_a.sql": "create table a (id integer);", "003_c.sql": "create table c ();" }));
  writeFileSync(join(folder, "001_a.sql"), "create table a (id bigint);");
  await assert.rejects(apply(copy.url, folder), /"001_a\.sql" was changed after it had been applied/);
  unlinkSync(join(folder, "001_a.sql"));
  await assert.rejects(apply(copy.url, folder), /"001_a\.sql" has been applied to this database, and its file is gone/);
  writeFileSync(join(folder, "001_a.sql"), "create table a (id integer);\r\n".replace("\r\n", ""));
  writeFileSync(join(folder, "002_b.sql"), "create table b ();");
  await assert.rejects(apply(copy.url, folder), /"002_b\.sql" comes before 3/);
});

test("line ends do not count as a change", async () => {
  const [unix] = await readMigrations(folderOf({ "1.sql": "select 1;\nselect 2;\n" }));
  const [windows] = await readMigrations(folderOf({ "1.sql": "select 1;\r\nselect 2;\r\n" }));
  assert.equal(unix?.checksum, windows?.checksum);
});

test("names without a number, and numbers given twice, are refused", async () => {
  await assert.rejects(readMigrations(folderOf({ "users.sql": "" })), /"users\.sql" has no number/);
  await assert.rejects(readMigrations(folderOf({ "1_a.sql": "", "001_b.sql": "" })), /has the same number as/);
  await assert.rejects(readMigrations(join(tmpdir(), "kiln-no-such-folder")), { code: "KILN_POSTGRES_MIGRATION" });
  const folder = folderOf(first);
  const asUrl = await readMigrations(pathToFileURL(`${folder}/`));
  assert.equal(migrationsKey(asUrl), migrationsKey(await readMigrations(folder)));
});

test("several processes that start at once apply each file once", async () => {
  await using copy = await database();
  const folder = folderOf({
    "1.sql": "create table once (id integer); insert into once values (1); select pg_sleep(0.2);",
  });
  const program = `
    import { migrate, readMigrations } from ${JSON.stringify(new URL("../../../src/integrations/postgres/migrations.ts", import.meta.url).href)};
    await migrate(process.argv[1], await readMigrations(process.argv[2]));
  `;
  const start = (): Promise<number | null> => {
    const args = ["--conditions=kilnjs-source", "--input-type=module-typescript", "--eval", program, copy.url, folder];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    return new Promise((resolve) => child.once("exit", resolve));
  };
  assert.deepEqual(await Promise.all([start(), start()]), [0, 0]);
  assert.deepEqual(await run(copy.url, "select * from once"), [{ id: 1 }]);
});

test("the database of an app is migrated before its pool is given", async () => {
  const folder = folderOf(first);
  await using pool = await poolOf({ url: `${shared.url}?database=migrated`, migrations: folder });
  assert.equal((await pool.query("select * from a")).rowCount, 0);
});
