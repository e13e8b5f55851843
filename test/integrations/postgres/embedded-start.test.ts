import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { KilnError } from "kilnjs";
import { withClient } from "../../../src/integrations/postgres/admin.ts";
import { acquireEmbeddedServer } from "../../../src/integrations/postgres/embedded/server.ts";
import { assertNothingRuns, otherUser, postmasterPid, processesOf, temporaryFolder } from "./server.ts";

const place = temporaryFolder();
const { folder } = place;
after(async () => {
  await assertNothingRuns(folder);
  place.remove();
});

function run(url: string, text: string): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query(text)).rows);
}

test("several processes that start at once on a new folder share one server, and the last one stops it", async () => {
  const users = await Promise.all([1, 2, 3, 4].map(() => otherUser(folder, 0)));
  assert.equal(new Set(users.map(({ url }) => url)).size, 1);
  const pid = postmasterPid(folder);
  for (const user of users) {
    await run(user.url, "select 1");
    await user.leave();
  }
  assert.throws(() => process.kill(pid, 0));
  await assertNothingRuns(folder);
});

test("what was written is there at the next start", async () => {
  const first = await acquireEmbeddedServer(folder, { linger: 0 });
  await run(first.url(), "create table kept (id integer); insert into kept values (7)");
  await first.release();
  const second = await acquireEmbeddedServer(folder, { linger: 0 });
  assert.deepEqual(await run(second.url(), "select id from kept"), [{ id: 7 }]);
  assert.equal(second.port, first.port);
  await second.release();
});

test("a server that lingers is the one that the next start finds", async () => {
  const first = await acquireEmbeddedServer(folder, { linger: 60_000 });
  const pid = postmasterPid(folder);
  await first.release();
  const second = await acquireEmbeddedServer(folder, { linger: 0 });
  assert.equal(postmasterPid(folder), pid);
  await second.release();
  await assertNothingRuns(folder);
});

test("a user that is not released does not keep its process, and its end gives the server back", async () => {
  const user = await otherUser(folder, 0);
  await user.kill();
  await assertNothingRuns(folder);
});

test("the server listens on the loopback only, wants a password, and its files are closed to others", async () => {
  const server = await acquireEmbeddedServer(folder, { linger: 0 });
  const url = new URL(server.url());
  url.password = "wrong";
  await assert.rejects(run(url.href, "select 1"), { code: "28P01" });
  assert.deepEqual(await run(server.url(), "show listen_addresses"), [{ listen_addresses: "127.0.0.1" }]);
  for (const name of readdirSync(folder)) {
    if (name === ".gitignore" || name === "port" || name.startsWith("guard-")) continue;
    assert.equal(statSync(join(folder, name)).mode & 0o077, 0, `${name} is open to others`);
  }
  assert.equal(readFileSync(join(folder, ".gitignore"), "utf8"), "*\n");
  await server.release();
});

test("PostgreSQL never runs as root, also below a folder that only its owner may pass", async () => {
  for (const mode of [0o700, 0o755]) {
    chmodSync(dirname(folder), mode);
    const server = await acquireEmbeddedServer(folder, { linger: 0 });
    assert.notEqual(statSync(join(folder, "data", "postmaster.pid")).uid, 0);
    await run(server.url(), "select 1");
    await server.release();
  }
});

test("data of another version is refused in words", async () => {
  const other = temporaryFolder();
  mkdirSync(join(other.folder, "data"), { recursive: true });
  writeFileSync(join(other.folder, "data", "PG_VERSION"), "12\n");
  await assert.rejects(acquireEmbeddedServer(other.folder), (error: KilnError) => {
    assert.ok(error instanceof KilnError);
    assert.equal(error.code, "KILN_POSTGRES_EMBEDDED");
    assert.match(error.message, /PostgreSQL 12/);
    return true;
  });
  await assertNothingRuns(other.folder);
  other.remove();
});

test("a server that cannot start says why", async () => {
  const other = temporaryFolder();
  mkdirSync(join(other.folder, "data"), { recursive: true });
  writeFileSync(join(other.folder, "data", "PG_VERSION"), "18\n");
  writeFileSync(join(other.folder, "password"), "x");
  await assert.rejects(acquireEmbeddedServer(other.folder), { code: "KILN_POSTGRES_EMBEDDED" });
  await assertNothingRuns(other.folder);
  other.remove();
});

test("removing the folder stops the server that a user forgot", async () => {
  const other = temporaryFolder();
  const server = await acquireEmbeddedServer(other.folder, { linger: 0 });
  other.remove();
  await assertNothingRuns(other.folder);
  assert.deepEqual(processesOf(other.folder), []);
  await server.release();
});
