// What passes: loading modules, Kiln and Node themselves, and the places that are allowed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs, { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type GuardSettings, kiln, reply } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { type Folder, folderOf } from "./folder.ts";

const blocker = `
  const fs = require("node:fs");
  exports.blockNow = () => fs.existsSync("/");
  exports.blockLater = async () => {
    await null;
    return fs.existsSync("/");
  };
`;

/** An app folder: sources that call each other and a package. */
function sources(): Promise<Folder> {
  return folderOf({
    "node_modules/blocker/index.js": blocker,
    "node_modules/blocker-two/index.js": blocker,
    "src/legacy.mjs": `
      import { existsSync } from "node:fs";
      import { createRequire } from "node:module";
      export const { blockNow, blockLater } = createRequire(import.meta.url)("blocker");
      export const old = () => existsSync("/");
      export const through = () => blockNow();
    `,
    "src/legacy-not.mjs": `
      import { existsSync } from "node:fs";
      export const young = () => existsSync("/");
    `,
    "src/lazy.mjs": `import { readFileSync } from "node:fs"; export const text = readFileSync("/dev/null", "utf8");`,
    "src/lazy.cjs": `module.exports = require("node:fs").readFileSync("/dev/null", "utf8");`,
  });
}

interface Sources {
  readonly blockNow: () => boolean;
  readonly blockLater: () => Promise<boolean>;
  readonly old: () => boolean;
  readonly through: () => boolean;
  readonly young: () => boolean;
}

async function load(folder: Folder): Promise<Sources> {
  const from = (name: string): Promise<object> => import(pathToFileURL(join(folder.path, name)).href);
  // The files above export these.
  return { ...(await from("src/legacy.mjs")), ...(await from("src/legacy-not.mjs")) } as unknown as Sources;
}

/** The places that were reported when a handler did something. */
async function placesOf(work: () => unknown, guard: GuardSettings = {}): Promise<readonly string[]> {
  const app = kiln({ title: "allow", guard: { mode: "warn", ...guard } });
  app.get("/", {}, async () => {
    await work();
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 204, JSON.stringify(t.logs.find({ level: "error" })));
  return t.logs.filter("sync_io").map(({ place }) => String(place));
}

test("the place is the nearest line of the user's own, or of the package where there is none", async () => {
  await using folder = await sources();
  const { old, through, blockLater } = await load(folder);
  const at = (name: string): string => join(folder.path, name);
  assert.deepEqual(await placesOf(old), [`${at("src/legacy.mjs")}:5`]);
  assert.deepEqual(await placesOf(through), [`${at("src/legacy.mjs")}:6`]);
  assert.deepEqual(await placesOf(blockLater), [`${at("node_modules/blocker/index.js")}:6`]);
});

test("a place that is allowed passes, with what it calls: a file, a line, a folder or a package, and no other", async () => {
  await using folder = await sources();
  const { old, through, young, blockLater } = await load(folder);
  const at = (name: string): string => join(folder.path, name);
  const passes = async (work: () => unknown, allow: string): Promise<boolean> =>
    (await placesOf(work, { allow: [allow] })).length === 0;

  assert.equal(await passes(old, at("src/legacy.mjs")), true);
  assert.equal(await passes(through, at("src/legacy.mjs")), true);
  assert.equal(await passes(young, at("src/legacy.mjs")), false);
  // A name that others begin with is not theirs.
  assert.equal(await passes(young, at("src/legacy")), false);
  assert.equal(await passes(young, at("src")), true);
  assert.equal(await passes(young, at("src/")), true);

  assert.equal(await passes(old, `${at("src/legacy.mjs")}:5`), true);
  assert.equal(await passes(through, `${at("src/legacy.mjs")}:5`), false);

  assert.equal(await passes(through, "node_modules/blocker"), true);
  assert.equal(await passes(blockLater, "node_modules/blocker"), true);
  assert.equal(await passes(old, "node_modules/blocker"), false);
  assert.equal(await passes(blockLater, "node_modules/blocker-two"), false);
  assert.equal(await passes(blockLater, "node_modules/block"), false);

  // Relative to where the process was started.
  const here = () => fs.existsSync("/");
  assert.equal(await passes(here, "test/threads/guard/allow.test.ts"), true);
  assert.equal(await passes(here, "test/threads"), true);
  assert.equal(await passes(here, "threads"), false);
});

test("what the app allows stays allowed when a test names a mode", async () => {
  const app = kiln({ title: "both", guard: { allow: ["test/threads/guard/allow.test.ts"] } });
  app.get("/", {}, () => fs.existsSync("/"));
  await using t = await testApp(app, { guard: "throw" });
  assert.equal((await t.get("/")).status, 200);
});

test("loading a module in a request passes, whether it is imported or required", async () => {
  await using folder = await sources();
  const loadNow = createRequire(join(folder.path, "src/index.js"));
  const lazy = pathToFileURL(join(folder.path, "src/lazy.mjs")).href;
  assert.deepEqual(await placesOf(() => import(lazy)), []);
  assert.deepEqual(await placesOf(() => loadNow("./lazy.cjs")), []);
  assert.deepEqual(await placesOf(() => loadNow("blocker-two").blockNow), []);
});

test("Kiln itself passes: its log to a file, its docs pages, its answers", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kiln-guard-"));
  const destination = join(folder, "app.log");
  const app = kiln({ title: "own", guard: "throw", docs: "public", logging: { destination } });
  app.get("/", { needs: { reply } }, ({ reply }) => reply.file("folder.ts", { root: import.meta.dirname }));
  const served = await app.listen({ port: 0, signals: false });
  for (const path of ["/", "/docs", "/redoc", "/openapi.json", "/nowhere"]) {
    assert.ok((await fetch(`${served.url}${path}`)).status < 500, path);
  }
  await served.close();
  const lines = await fs.promises.readFile(destination, "utf8");
  assert.match(lines, /request_completed/);
  assert.doesNotMatch(lines, /sync_io|GUARD/);
  rmSync(folder, { recursive: true });
});

test("Node itself passes, such as writing to standard output", async () => {
  const work = async (): Promise<void> => {
    process.stderr.write("");
    await promisify(execFile)("true");
  };
  assert.deepEqual(await placesOf(work), []);
});
