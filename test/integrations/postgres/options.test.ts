import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, test } from "node:test";
import { Secret } from "kilnjs";
import { isEmbedded, parseEmbedded, refuseInProduction } from "../../../src/integrations/postgres/embedded/url.ts";
import { poolOf } from "./pools.ts";

const environment = process.env.NODE_ENV;
afterEach(() => {
  if (environment === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = environment;
});

test("an embedded URL names a folder, and may name a database", () => {
  assert.ok(isEmbedded("embedded:.data/postgres"));
  assert.ok(!isEmbedded("postgres://localhost/app"));
  assert.deepEqual(parseEmbedded("embedded:.data/postgres"), {
    folder: ".data/postgres",
    database: "app",
    allowInProduction: false,
  });
  assert.deepEqual(parseEmbedded("embedded:/a b/c?database=blog&allowInProduction=true"), {
    folder: "/a b/c",
    database: "blog",
    allowInProduction: true,
  });
});

for (const url of [
  "embedded:",
  "embedded:?database=x",
  "embedded:x?databse=y",
  `embedded:x?database=${"y".repeat(64)}`,
]) {
  test(`${url.slice(0, 40)} is refused`, () => {
    assert.throws(() => parseEmbedded(url), { code: "KILN_POSTGRES_URL" });
  });
}

test("an embedded database is refused where it may be meant to last, unless it is allowed by name", async () => {
  for (const name of ["production", "staging"]) {
    process.env.NODE_ENV = name;
    assert.throws(() => refuseInProduction("embedded:x", false), { code: "KILN_POSTGRES_EMBEDDED_PRODUCTION" });
    await assert.rejects(poolOf({ url: "embedded:never" }), { code: "KILN_POSTGRES_EMBEDDED_PRODUCTION" });
    refuseInProduction("embedded:x", true);
  }
  for (const name of ["development", "test", ""]) {
    process.env.NODE_ENV = name;
    refuseInProduction("embedded:x", false);
  }
});

test("a URL that names no known database is refused without its password", async () => {
  await assert.rejects(poolOf({ url: new Secret("mysql://root:hush@localhost/app") }), (error: Error) => {
    assert.match(error.message, /KILN_POSTGRES_URL/);
    assert.ok(!error.message.includes("hush"));
    return true;
  });
  await assert.rejects(poolOf({ url: "hush" }), (error: Error) => !error.message.includes('"hush"'));
});

test("a database that does not answer ends the start in words, without its password", async () => {
  const url = "postgres://someone:hush@127.0.0.1:1/app";
  await assert.rejects(poolOf({ url }), (error: Error) => {
    assert.match(error.message, /KILN_POSTGRES_UNREACHABLE/);
    assert.match(error.message, /someone:\*\*\*@127\.0\.0\.1:1\/app/);
    assert.match(error.message, /ECONNREFUSED/);
    assert.ok(!error.message.includes("hush"));
    return true;
  });
});

test("a server that takes connections and says nothing ends the start too, with migrations and without", async () => {
  const mute = createServer().listen(0, "127.0.0.1");
  const sockets: { destroy(): void }[] = [];
  mute.on("connection", (socket) => sockets.push(socket));
  await once(mute, "listening");
  // A server on a port has an address of this kind.
  const { port } = mute.address() as AddressInfo;
  const options = { url: `postgres://someone@127.0.0.1:${port}/app`, acquireTimeout: 200 };
  for (const migrations of [{}, { migrations: new URL("./migrations/", import.meta.url) }]) {
    await assert.rejects(poolOf({ ...options, ...migrations }), { code: "KILN_POSTGRES_UNREACHABLE" });
  }
  for (const socket of sockets) socket.destroy();
  mute.close();
});
