import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { sharedServer, until } from "../integrations/postgres/server.ts";

const shared = sharedServer();

/** A way to the server that can be blocked, as a network can be: connections stay open and nothing comes back. */
async function wayTo(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let blocked = false;
  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => blocked || to.write(chunk));
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    block: (now: boolean) => {
      blocked = now;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a pool is ready while its database answers, also when every connection is taken", async () => {
  await using way = await wayTo(shared.server.url());
  const db = postgres({ url: way.url, max: 1, acquireTimeout: 1_000 });
  const app = kiln({ title: "pool", health: { maxAge: 0, timeout: 500 } });
  app.get("/", { needs: { db: db.connection } }, async ({ db }) => (await db.query("select 1 as one")).rows);
  await using t = await testApp(app, { socket: true });
  assert.equal((await t.get("/health/ready")).status, 200);

  const pool = t.value(db.pool);
  const taken = await pool.connect();
  const waits = t.get("/");
  assert.equal((await t.get("/health/ready")).status, 200);
  taken.release();
  assert.equal((await waits).status, 200);

  const held = await pool.connect();
  way.block(true);
  const answer = await t.get("/health/ready");
  assert.deepEqual(answer.json(), { status: "fail", reason: "resources", failing: ["postgres"] });
  held.release();
  // The same on a connection of the pool: one that got no answer is not lent again.
  assert.equal((await t.get("/health/ready")).status, 503);
  way.block(false);
  await until("the database is reached again", async () => (await t.get("/health/ready")).status === 200);
  assert.deepEqual((await t.get("/")).json(), [{ one: 1 }]);
});
