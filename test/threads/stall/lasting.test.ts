// A stall that does not end by itself is reported while it lasts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isReport, start } from "./run.ts";

test("it is reported while it lasts, once, and its end is told", async () => {
  await using running = await start();
  const answer = running.get("/ever?ms=3000");
  let answered = false;
  void answer.then(() => {
    answered = true;
  });
  const report = await running.report({ ongoing: true });
  assert.equal(answered, false, "the loop is blocked still");
  assert.equal(report.message, "event_loop_blocked");
  assert.equal(report.service, "Blocking");
  assert.equal(report.route, "/ever");
  assert.equal(report.handler, "forEver");
  assert.ok(Number(report.duration_ms) >= 2000);
  assert.match((report.frames as string[])[1] ?? "", /^forEver \(test\/threads\/stall\/programs\/blocking\.ts:\d+\)$/);
  await answer;
  const end = await running.report({ message: "event_loop_unblocked" });
  assert.ok(Number(end.duration_ms) > Number(report.duration_ms));
  assert.equal(end.request_id, report.request_id);
  assert.equal(running.lines.filter(isReport).length, 2);
});

test("native code that cannot be interrupted is reported as such, and named when it returns", async () => {
  await using running = await start();
  const answer = running.get("/process-ever");
  const report = await running.report({ ongoing: true });
  assert.equal(report.route, undefined);
  assert.match(String(report.hint), /cannot be interrupted/);
  await answer;
  const end = await running.report({ message: "event_loop_unblocked" });
  assert.equal(end.route, "/process-ever");
  assert.equal(end.call, "child_process.execSync");
});

test("nothing of it keeps a process alive", async () => {
  await using running = await start();
  const ended = new Promise((resolve) => running.child.once("exit", resolve));
  await running.get("/close");
  assert.equal(await ended, 0);
});
