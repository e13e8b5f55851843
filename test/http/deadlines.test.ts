// Deadlines of one length share a timer: each still ends its own request, in order and not too soon.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { kiln, path, signal } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { createDeadlines } from "../../src/http/deadlines.ts";

test("every request has its whole time, whatever began, ended or expired before it", async () => {
  const ended: string[] = [];
  const lasted: number[] = [];
  const app = kiln({ title: "deadlines", timeout: 100 });
  const wait = ({ name, signal }: { name: string; signal: AbortSignal }): Promise<never> => {
    const began = performance.now();
    return new Promise(() => {
      signal.addEventListener("abort", () => {
        ended.push(name);
        lasted.push(performance.now() - began);
      });
    });
  };
  const needs = { name: path(z.string()), signal };
  app.get("/long/:name", { needs }, wait);
  app.get("/short/:name", { needs, timeout: 30 }, wait);
  app.get("/quick", {}, () => "done");
  await using t = await testApp(app);

  // The first request of an app runs code that was never run before, between its arrival and its handler.
  await t.get("/quick");
  const first = t.get("/long/first");
  const quick = await t.get("/quick");
  const short = await t.get("/short/one");
  const second = t.get("/long/second");
  assert.deepEqual([quick.status, short.status, (await first).status, (await second).status], [200, 503, 503, 503]);
  // Nothing was left to wait for, and the next one is waited for all the same.
  assert.equal((await t.get("/long/third")).status, 503);

  assert.deepEqual(ended, ["one", "first", "second", "third"]);
  // The clock starts a moment before the handler does, and a timer counts whole milliseconds.
  assert.ok(
    lasted.every((time, i) => time > (i === 0 ? 20 : 90)),
    lasted.join(),
  );
});

test("one that begins while another expires does not put off those before it", (t) => {
  let now = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
  t.after(() => {
    mock.timers.reset();
    mock.restoreAll();
  });
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    mock.timers.tick(milliseconds);
  };
  const over: string[] = [];
  const deadlines = createDeadlines<string>((owner) => {
    over.push(`${owner} ${now}`);
    if (owner === "first") deadlines.start("third", 1_000, now);
  });
  deadlines.start("first", 1_000, now);
  pass(400);
  deadlines.start("second", 1_000, now);
  for (let i = 0; i < 20; i++) pass(100);
  assert.deepEqual(over, ["first 1000", "second 1400", "third 2000"]);
});
