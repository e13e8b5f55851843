// Where the guard is, and where it is not.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs, { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { type App, type GuardOption, kiln } from "kilnjs";
import { testApp } from "kilnjs/testing";

const original = fs.existsSync;

function touching(guard?: GuardOption): App {
  const app = kiln({ title: "touching", ...(guard === undefined ? {} : { guard }) });
  app.get("/", {}, () => existsSync("/"));
  return app;
}

async function told(environment: string): Promise<unknown> {
  const program = join(import.meta.dirname, "programs/production.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=kilnjs-source", program], {
    env: { ...process.env, NODE_ENV: environment },
  });
  return JSON.parse(stdout);
}

test("in production nothing of it is loaded, whatever the app says", async () => {
  const nothing = { status: 200, same: true, reported: false, guard: false };
  assert.deepEqual(await told("production"), nothing);
  assert.deepEqual(await told("staging"), nothing);
  // The same program elsewhere, to show that it would tell.
  assert.deepEqual(await told("development"), { status: 500, same: false, reported: true, guard: true });
});

test("the last app that closes puts Node's own functions back, those that were imported as well", async () => {
  const first = await testApp(touching());
  const second = await testApp(touching());
  assert.notEqual(fs.existsSync, original);
  assert.notEqual(existsSync, original);
  assert.equal(fs.existsSync.name, "existsSync");
  await first.close();
  assert.notEqual(existsSync, original);
  await second.close();
  assert.equal(fs.existsSync, original);
  assert.equal(existsSync, original);
});

test("what was taken while the guard was there works after it has gone, and what others put over it stays", async () => {
  const t = await testApp(touching());
  const taken = fs.existsSync;
  const others = (path: fs.PathLike): boolean => taken(path);
  fs.existsSync = others;
  await t.close();
  assert.equal(fs.existsSync, others);
  assert.equal(fs.existsSync("/"), true);
  fs.existsSync = original;
});

test("apps in one process each have their own mode", async () => {
  await using quiet = await testApp(touching(), { guard: "off" });
  await using warning = await testApp(touching("warn"));
  const strict = await testApp(touching("throw"));
  const apps = [quiet, warning, strict];
  const statuses = await Promise.all(apps.map(async (app) => (await app.get("/")).status));
  assert.deepEqual(statuses, [200, 200, 500]);
  assert.deepEqual(
    apps.map(({ logs }) => logs.filter("sync_io").length),
    [0, 1, 1],
  );
  await assert.rejects(strict.close(), { code: "KILN_GUARD_SYNC_IO" });
});

test("an app that is served warns; a test app of it throws unless the app itself has chosen", async () => {
  const lines: string[] = [];
  const app = kiln({
    title: "served",
    logging: { format: "json", destination: { write: (line) => lines.push(line) } },
  });
  app.get("/", {}, () => existsSync("/"));
  const served = await app.listen({ port: 0, signals: false });
  assert.equal((await fetch(served.url)).status, 200);
  await served.close();
  assert.equal(lines.filter((line) => line.includes('"sync_io"')).length, 1);
  const t = await testApp(app);
  assert.equal((await t.get("/")).status, 500);
  await assert.rejects(t.close());
});

test("an app that does not start leaves nothing behind", async () => {
  const app = touching();
  app.fastify(() => {
    throw new Error("a plugin that fails");
  });
  await assert.rejects(testApp(app));
  assert.equal(fs.existsSync, original);
});
