// Which calls count, and for whom.
import assert from "node:assert/strict";
import childProcess, { execFileSync, execSync, spawnSync } from "node:child_process";
import crypto, { pbkdf2Sync, scryptSync } from "node:crypto";
import fs, { opendirSync, readFileSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import zlib, { gzipSync } from "node:zlib";
import { type App, background, depends, kiln, resource } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { syncTwins } from "../../../src/threads/sync-twins.ts";

const required: typeof fs = createRequire(import.meta.url)("fs");
const cell = new Int32Array(new SharedArrayBuffer(4));

async function directory(): Promise<fs.Dir> {
  return fs.promises.opendir("/");
}

/** Name of a call -> how a handler makes it. */
const calls: Readonly<Record<string, () => unknown>> = {
  "fs.readFileSync": () => readFileSync("/dev/null"),
  "fs.statSync": () => fs.statSync("/"),
  "fs.readdirSync": () => required.readdirSync("/"),
  "fs.opendirSync": () => opendirSync("/").close(),
  "fs.realpathSync": () => realpathSync("/"),
  "fs.realpathSync.native": () => realpathSync.native("/"),
  "fs.Dir.readSync": async () => {
    const opened = await directory();
    opened.readSync();
    await opened.close();
  },
  "child_process.execSync": () => execSync("true"),
  "child_process.execFileSync": () => execFileSync("true"),
  "child_process.spawnSync": () => spawnSync("true"),
  "zlib.gzipSync": () => gzipSync("text"),
  "crypto.pbkdf2Sync": () => pbkdf2Sync("a", "b", 1, 8, "sha256"),
  "crypto.scryptSync": () => scryptSync("a", "b", 8, { cost: 2 }),
  "crypto.hkdfSync": () => crypto.hkdfSync("sha256", "a", "b", "c", 8),
  "crypto.generateKeyPairSync": () => crypto.generateKeyPairSync("ed25519"),
  "crypto.generateKeySync": () => crypto.generateKeySync("aes", { length: 128 }),
  "crypto.generatePrimeSync": () => crypto.generatePrimeSync(8),
  "crypto.checkPrimeSync": () => crypto.checkPrimeSync(7n),
  "Atomics.wait": () => Atomics.wait(cell, 0, 0, 1),
  "sqlite.DatabaseSync.exec": () => new DatabaseSync(":memory:").exec("select 1"),
  "sqlite.StatementSync.get": () => statement.get(),
};
const statement = new DatabaseSync(":memory:").prepare("select 1");

for (const [name, call] of Object.entries(calls)) {
  test(`${name} counts`, async () => {
    const app = kiln({ title: "calls" });
    app.get("/", {}, async () => {
      await call();
    });
    await using t = await testApp(app, { guard: "warn" });
    assert.equal((await t.get("/")).status, 204);
    assert.equal(t.logs.find("sync_io")?.call, name);
  });
}

test("every blocking function of Node has its twin in the table, and every twin exists", () => {
  const modules = { fs, child_process: childProcess, zlib, crypto };
  const blocking = Object.entries(modules).flatMap(([name, module]) =>
    Object.keys(module)
      .filter((key) => key.endsWith("Sync"))
      .map((key) => `${name}.${key}`),
  );
  assert.deepEqual(
    blocking.filter((name) => syncTwins[name] === undefined),
    [],
  );
  const known: Readonly<Record<string, object>> = { ...modules, Atomics };
  const found = (path: string): unknown => {
    const [module = "", ...keys] = path.split(".");
    // Walked by name, as whoever reads the hint does.
    const value = (holder: unknown, key: string): unknown =>
      Reflect.get(typeof holder === "function" && key !== "native" ? holder.prototype : Object(holder), key);
    return keys.reduce<unknown>(value, known[module]);
  };
  for (const twin of Object.values(syncTwins)) {
    const name = /^util\.promisify\((.+)\)$/.exec(twin)?.[1] ?? twin;
    // Some are missing in the first versions of Node 24 or on some systems, together with what they are the twins of.
    const blockingNames = Object.keys(syncTwins).filter((key) => syncTwins[key] === twin);
    if (!blockingNames.some((key) => typeof found(key) === "function")) continue;
    assert.equal(typeof found(name), "function", twin);
  }
});

/** The calls that were reported for one request. */
async function reported(app: App, path: string, use?: (t: TestApp) => void): Promise<readonly unknown[]> {
  await using t = await testApp(app, { guard: "warn" });
  assert.ok((await t.get(path)).status < 300);
  await t.idle();
  use?.(t);
  return t.logs.filter("sync_io").map(({ call }) => call);
}

test("dependencies, what follows an await, timers and background tasks count; start-up and what nobody asked for do not", async () => {
  const store = resource({}, async function* store() {
    readFileSync("/dev/null");
    yield 1;
    readFileSync("/dev/null");
  });
  const read = depends({}, () => fs.existsSync("/"));
  const app = kiln({ title: "kinds" });
  app.get("/depends", { needs: { read, store } }, ({ read }) => read);
  app.get("/await", {}, async () => {
    await readFile("/dev/null");
    fs.accessSync("/");
  });
  app.get("/timer", {}, () => new Promise<void>((resolve) => setTimeout(() => resolve(fs.accessSync("/")), 1)));
  app.get("/task", { needs: { background } }, ({ background }) =>
    background.add(function sweep() {
      fs.statSync("/");
    }),
  );
  assert.deepEqual(await reported(app, "/depends"), ["fs.existsSync"]);
  assert.deepEqual(await reported(app, "/await"), ["fs.accessSync"]);
  assert.deepEqual(await reported(app, "/timer"), ["fs.accessSync"]);
  const task = (t: TestApp): void => {
    const line = t.logs.find("sync_io");
    assert.equal(line?.task, "sweep");
    assert.ok(line.request_id);
  };
  assert.deepEqual(await reported(app, "/task", task), ["fs.statSync"]);
  fs.statSync("/");
});

test("a thread has Node's own functions", async () => {
  const app = kiln({ title: "thread" });
  app.get("/", {}, async () => {
    const code = "require('node:fs').readFileSync('/dev/null')";
    const worker = new Worker(code, { eval: true });
    await new Promise<void>((resolve, reject) => worker.once("error", reject).once("exit", () => resolve()));
  });
  assert.deepEqual(await reported(app, "/"), []);
});
