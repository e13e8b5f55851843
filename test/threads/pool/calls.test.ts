// A blocking() function called from a script, a handler, a dependency, a resource, a background task and another thread.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { background, depends, kiln, query, resource } from "kilnjs";
import { z } from "zod";
import { bothWays } from "../../both-ways.ts";
import { shout, wordCount } from "./programs/images.ts";
import { add } from "./programs/sums.ts";
import { addLater, nothing } from "./programs/work.ts";

const programs = join(import.meta.dirname, "programs");
const run = promisify(execFile);

test("runs in a thread and gives the result", async () => {
  assert.equal(await add(1, 2), 3);
  assert.equal(await nothing(), undefined);
  assert.equal(add.name, "add");
});

test("an async function that calls another blocking function runs it in place", async () => {
  // With a single thread, a call that asked for another would wait for ever.
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map((n) => addLater(n, n))), [2, 4, 6, 8]);
});

bothWays(
  "is a handler, a dependency, the opener of a resource and a background task",
  () => {
    const app = kiln({ title: "Names" });
    const name = query(z.string());
    app.get("/handler", { needs: { name }, returns: z.string() }, shout);
    app.get("/dependency", { needs: { shouted: depends({ name }, shout) } }, ({ shouted }) => shouted);
    app.get("/resource", { needs: { words: resource({}, wordCount) } }, ({ words }) => words.get("the") ?? 0);
    app.get("/background", { needs: { background } }, ({ background }) => {
      background.add(shout, { name: "task" });
    });
    return app;
  },
  async (t) => {
    assert.equal((await t.get("/handler", { query: { name: "ann" } })).json(), "ANN!");
    assert.equal((await t.get("/dependency", { query: { name: "bob" } })).json(), "BOB!");
    assert.equal((await t.get("/resource")).json(), 2);
    await t.get("/background");
    await t.idle();
    const [line] = t.logs.filter("shouting").slice(-1);
    assert.deepEqual([line?.name, line?.task], ["task", "shout"]);
  },
);

test("a plain script ends by itself, and its threads log to its log", async () => {
  const { stdout } = await run(process.execPath, ["--conditions=kilnjs-source", join(programs, "script.ts")]);
  // The log writes once a turn, the console at once.
  const [result, line] = stdout
    .trim()
    .split("\n")
    .sort((a, b) => a.length - b.length);
  assert.equal(result, "42");
  assert.match(line ?? "", /doubling/);
});

test("a script that would run again in the thread is told so", async () => {
  const { stdout } = await run(process.execPath, ["--conditions=kilnjs-source", join(programs, "careless-script.ts")]);
  assert.match(stdout, /KILN_BLOCKING_IMPORT.*"double\(\)" ran when a thread imported the module/);
  assert.doesNotMatch(stdout, /42/);
});

test("where Node may start no thread, every call says so, and the app ends as usual", async () => {
  const flags = ["--permission", "--allow-fs-read=*", "--conditions=kilnjs-source"];
  const { stdout } = await run(process.execPath, [...flags, join(programs, "no-threads.ts")]);
  assert.equal(stdout, `${"ERR_ACCESS_DENIED\n".repeat(4)}0 queued\nclosed\n`);
});
