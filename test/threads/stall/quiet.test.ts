// What stops the loop and is nobody's fault is not blamed on a route.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { isReport, start } from "./run.ts";

test("a second stall of a route within a minute is only counted", async () => {
  await using running = await start();
  await running.reported("/loop/1", { route: "/loop/:id" });
  await running.get("/loop/2");
  await running.reported("/provider", { route: "/provider" });
  assert.equal(running.lines.filter(isReport).length, 2);
  const { total } = (await running.get("/counts")) as { total: number };
  assert.equal(total, 3);
});

test("in development each is reported", async () => {
  await using running = await start({ NODE_ENV: "test" });
  for (const id of [1, 2]) {
    await running.get(`/loop/${id}`);
    const { request_id } = await running.line(
      ({ path, message }) => message === "request_received" && path === `/loop/${id}`,
    );
    await running.report({ request_id });
  }
});

test("a process that stood still was not blocked", async () => {
  await using running = await start();
  // Long enough for the monitor to be asleep at the moment at which it is stopped.
  await running.get("/quick");
  running.child.kill("SIGSTOP");
  await wait(1000);
  running.child.kill("SIGCONT");
  await running.reported("/loop/1", { route: "/loop/:id" });
  assert.equal(running.lines.filter(isReport).length, 1, "the pause itself is no stall");
});

test("with a debugger nothing is reported", async () => {
  await using running = await start();
  await running.reported("/loop/1", { route: "/loop/:id" });
  await running.get("/inspect");
  await running.get("/provider");
  await running.get("/leave");
  await running.reported("/after-await", { route: "/after-await" });
  assert.deepEqual(
    running.lines.filter((line) => isReport(line) && line.route === "/provider"),
    [],
  );
});

test("what blocks during the start is not reported", async () => {
  await using running = await start({ SLOW_START: "1" });
  const report = await running.reported("/loop/1", {});
  assert.equal(report.route, "/loop/:id");
});

test("a garbage collection is told apart, and no route is blamed", async () => {
  await using running = await start({ NODE_ENV: "test" }, "--expose-gc");
  await running.get("/fill");
  await running.get("/collect?drop=true");
  const first = await running.report({ message: "gc_pause" });
  assert.equal(first.route, undefined);
  assert.ok(Number(first.heap_limit_mb) > Number(first.heap_used_mb));
  assert.match(String(first.hint), /heap/);
  // From then on collections are timed, so that one that frees nothing is known as well.
  await running.get("/collect?drop=false");
  const second = await running.line((line) => line.message === "gc_pause" && line !== first);
  assert.ok(Number(second.gc_ms) > Number(second.duration_ms) / 2);
});
