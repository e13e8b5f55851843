import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { withClient } from "../../../src/integrations/postgres/admin.ts";
import { acquireEmbeddedServer } from "../../../src/integrations/postgres/embedded/server.ts";
import {
  assertNothingRuns,
  keeperPid,
  otherUser,
  postmasterPid,
  processesOf,
  temporaryFolder,
  until,
} from "./server.ts";

const place = temporaryFolder();
const { folder } = place;
after(async () => {
  await assertNothingRuns(folder);
  place.remove();
});

function run(url: string, text: string): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query(text)).rows);
}

function answers(url: string): Promise<boolean> {
  return run(url, "select 1").then(
    () => true,
    () => false,
  );
}

test("a PostgreSQL that is killed comes back on the same port with all that was committed", async () => {
  const server = await acquireEmbeddedServer(folder, { linger: 0 });
  await run(server.url(), "create table counted (id integer)");
  await run(server.url(), "insert into counted select generate_series(1, 1000)");
  const pid = postmasterPid(folder);
  process.kill(pid, "SIGKILL");
  await until("PostgreSQL runs again", async () => (await answers(server.url())) && postmasterPid(folder) !== pid);
  assert.deepEqual(await run(server.url(), "select count(*)::integer as n from counted"), [{ n: 1000 }]);
  await server.release();
  await assertNothingRuns(folder);
});

test("a keeper that is killed is replaced by its users, and PostgreSQL runs on", async () => {
  const server = await acquireEmbeddedServer(folder, { linger: 0 });
  const pid = postmasterPid(folder);
  const keeper = keeperPid(folder);
  process.kill(keeper, "SIGKILL");
  await until("another keeper has taken over", () => keeperPid(folder) !== keeper);
  const second = await acquireEmbeddedServer(folder, { linger: 0 });
  assert.equal(postmasterPid(folder), pid);
  assert.ok(await answers(second.url()));
  await second.release();
  await server.release();
  await assertNothingRuns(folder);
});

test("when every Node process is killed at once, the next start adopts the server", async () => {
  const user = await otherUser(folder, 0);
  const pid = postmasterPid(folder);
  process.kill(keeperPid(folder), "SIGKILL");
  await user.kill();
  const server = await acquireEmbeddedServer(folder, { linger: 0 });
  assert.ok(await answers(server.url()));
  assert.equal(postmasterPid(folder), pid);
  await server.release();
  await assertNothingRuns(folder);
});

test("when every Node process is killed at once and nobody comes, the server stops by itself", async () => {
  const user = await otherUser(folder, 0);
  process.kill(keeperPid(folder), "SIGKILL");
  await user.kill();
  assert.ok(processesOf(folder).length > 0, "the server runs without a keeper");
  await assertNothingRuns(folder);
});

test("when everything is killed, the next start recovers", async () => {
  const user = await otherUser(folder, 60_000);
  await run(user.url, "create table survived (id integer)");
  const pid = postmasterPid(folder);
  process.kill(keeperPid(folder), "SIGKILL");
  process.kill(pid, "SIGKILL");
  await user.kill();
  const server = await acquireEmbeddedServer(folder, { linger: 0 });
  assert.notEqual(postmasterPid(folder), pid);
  assert.deepEqual(await run(server.url(), "select * from survived"), []);
  await server.release();
  await assertNothingRuns(folder);
});

test("a pid file whose number now belongs to another program is no running server", async () => {
  const lines = [process.pid, join(folder, "data"), 1, 1, "", "127.0.0.1", "", "ready"];
  writeFileSync(join(folder, "data", "postmaster.pid"), `${lines.join("\n")}\n`);
  const server = await acquireEmbeddedServer(folder, { linger: 0 });
  assert.ok(await answers(server.url()));
  await server.release();
  await assertNothingRuns(folder);
});

test("killed processes that start at once leave one server to the next", async () => {
  const users = await Promise.all([1, 2, 3].map(() => otherUser(folder, 0)));
  process.kill(keeperPid(folder), "SIGKILL");
  process.kill(postmasterPid(folder), "SIGKILL");
  await until("the users have a server again", async () => {
    try {
      return await answers(users[0]?.url ?? "");
    } catch {
      return false;
    }
  });
  await Promise.all(users.map((user) => user.kill()));
  await assertNothingRuns(folder);
});
