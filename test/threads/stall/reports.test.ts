// What blocks the loop, in each way in which it can be blocked, and what the report says of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type Line, type Running, start } from "./run.ts";

const program = "test/threads/stall/programs/blocking.ts";
const source = readFileSync(new URL("programs/blocking.ts", import.meta.url), "utf8").split("\n");

/** `file:line` of the first line of the program that has these words. */
function place(words: string): string {
  const index = source.findIndex((line) => line.includes(words));
  assert.notEqual(index, -1, words);
  return `${program}:${index + 1}`;
}

let running: Running;
before(async () => {
  running = await start();
});
after(() => running[Symbol.asyncDispose]());

async function reportOf(path: string, fields: Line): Promise<Line> {
  const report = await running.reported(path, fields);
  assert.equal(report.level, "warn");
  assert.equal(report.message, "event_loop_blocked");
  assert.ok(Number(report.duration_ms) >= 50, `lasted ${report.duration_ms}`);
  assert.match(String(report.request_id), /^[0-9a-f-]{36}$/);
  return report;
}

const burning = `burn (${place("used < end")})`;

test("a handler is named with its route and lines", async () => {
  const report = await reportOf("/loop/7", { route: "/loop/:id" });
  assert.equal(report.handler, "slowHandler");
  assert.equal(report.method, "GET");
  const [inner, outer] = report.frames as string[];
  assert.equal(inner, burning);
  assert.match(outer ?? "", /^slowHandler \(test\/threads\/stall\/programs\/blocking\.ts:\d+\)$/);
  assert.match(String(report.hint), /blocking\(\)/);
});

test("the report has the id of the request", async () => {
  await running.report({ route: "/loop/:id" });
  const { request_id } = await running.report({ route: "/loop/:id" });
  const completed = await running.line(
    (line) => line.message === "request_completed" && line.request_id === request_id,
  );
  assert.equal(completed.path, "/loop/7");
});

test("a provider is named", async () => {
  const report = await reportOf("/provider", { route: "/provider" });
  assert.equal(report.provider, "loadUser");
  assert.equal(report.handler, undefined);
});

test("a provider is named after it has waited", async () => {
  const report = await reportOf("/after-await", { route: "/after-await" });
  assert.equal(report.provider, "slowAfterAwait");
  assert.deepEqual((report.frames as string[])[0], burning);
});

test("of providers that run at once, the one that blocks is named", async () => {
  const report = await reportOf("/concurrent", { route: "/concurrent" });
  assert.equal(report.provider, "readFirst");
});

test("a clean-up is named by its provider", async () => {
  const report = await reportOf("/clean-up", { route: "/clean-up" });
  assert.equal(report.provider, "connection");
});

test("a background task is named", async () => {
  const report = await reportOf("/task", { task: "sendMail" });
  assert.equal(report.route, undefined);
  assert.match((report.frames as string[])[1] ?? "", /^sendMail /);
});

for (const [way, call, twin] of [
  ["/crypto", "crypto.pbkdf2Sync", "crypto.pbkdf2"],
  ["/process", "child_process.execSync", "child_process.exec"],
  ["/atomics", "Atomics.wait", "Atomics.waitAsync"],
] as const) {
  test(`${call} is named with what does not block`, async () => {
    const report = await reportOf(way, { route: way });
    assert.equal(report.call, call);
    assert.deepEqual(report.frames, [place(`app.get("${way}"`)]);
    assert.ok(String(report.hint).includes(twin), String(report.hint));
  });
}

test("a regular expression that backtracks is named", async () => {
  const report = await reportOf("/regex", { route: "/regex" });
  assert.equal(report.call, "RegExp.test");
  assert.deepEqual(report.frames, [place('app.get("/regex"')]);
  assert.match(String(report.hint), /backtrack/);
});

test("a function that cannot be interrupted is told by its handler, and that it had returned", async () => {
  await running.get("/prepare");
  const report = await reportOf("/parse", { route: "/parse" });
  assert.equal(report.handler, "GET /parse");
  assert.deepEqual(report.frames, []);
  assert.equal(report.declared, place('app.get("/parse"'));
  assert.match(String(report.hint), /JSON\.parse/);
});

test("the guard, which is between in development, does not hide the call", async () => {
  await using guarded = await start({ NODE_ENV: "test", GUARD: "warn" });
  const report = await guarded.reported("/crypto", { route: "/crypto" });
  assert.equal(report.call, "crypto.pbkdf2Sync");
  assert.ok(guarded.lines.some(({ message }) => message === "sync_io"));
});

test("stalls are counted", async () => {
  const counts = (await running.get("/counts")) as { total: number; longest: { duration: number }; last: Line };
  assert.ok(counts.total >= 10, `${counts.total} were counted`);
  assert.ok(counts.longest.duration >= 250);
  assert.ok(typeof counts.last.endedAt === "number");
});
