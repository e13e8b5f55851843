import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type App, background, kiln, log } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { bothWays } from "../both-ways.ts";

function app(): App {
  const made = kiln({ title: "Logs" });
  made.get("/work", { needs: { log, background } }, ({ log: own, background }) => {
    own.bind({ user: { id: 7 } });
    own.info({ items: [1, 2] }, "worked");
    background.add(async function later() {
      await Promise.resolve();
      log.info("done later");
    });
  });
  made.get("/fails", {}, () => {
    throw new Error("inside", { cause: new Error("deeper") });
  });
  return made;
}

bothWays("lines are parsed, and found by message, by fields, by a function", app, async (t) => {
  const { headers } = await t.get("/work");
  await t.idle();
  const request_id = headers.get("x-request-id");
  const worked = t.logs.find("worked");
  assert.deepEqual([worked?.level, worked?.request_id, worked?.items], ["info", request_id, [1, 2]]);
  assert.match(worked?.time ?? "", /^\d{4}-\d\d-\d\dT/);
  assert.equal(t.logs.find({ user: { id: 7 }, message: "worked" }), worked);
  assert.equal(
    t.logs.find((line) => Array.isArray(line.items)),
    worked,
  );
  assert.equal(t.logs.find({ user: { id: 8 } }), undefined);
  assert.equal(t.logs.filter({ request_id }).length, t.logs.lines.filter((line) => line.request_id).length);
  assert.deepEqual([...t.logs], t.logs.lines);
  t.logs.clear();
  assert.equal(t.logs.lines.length, 0);
});

bothWays("idle waits for background tasks, whose lines carry their request", app, async (t) => {
  const { headers } = await t.get("/work");
  await Promise.all([t.idle(), t.idle()]);
  assert.equal(t.logs.find("done later")?.request_id, headers.get("x-request-id"));
});

bothWays("an error that nobody planned is in the logs with its cause", app, async (t) => {
  assert.equal((await t.get("/fails")).status, 500);
  const [line] = t.logs.filter({ level: "error" });
  assert.match(JSON.stringify(line?.err), /inside.*deeper/);
});

test("level sets what is kept", async () => {
  await using t = await testApp(app(), { logging: { level: "warn" } });
  await t.get("/work");
  await t.get("/fails");
  await t.idle();
  assert.deepEqual([...new Set(t.logs.lines.map(({ level }) => level))], ["error"]);
});

test("nothing is printed unless print is asked for", () => {
  const program = fileURLToPath(new URL("./programs/print.ts", import.meta.url));
  const run = (print: string): string =>
    execFileSync(process.execPath, ["--conditions=kilnjs-source", program, print], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  assert.equal(run("no"), "");
  const lines = run("yes").trim().split("\n");
  assert.ok(lines.some((line) => JSON.parse(line).message === "request_completed"));
});
