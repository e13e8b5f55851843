// The figures have no public reader yet (the metrics will be one), so this asks the runner itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../src/logging/create-logger.ts";
import { createTaskRunner } from "../../src/tasks/background.ts";

test("the figures say what runs and waits, and how the others ended", async () => {
  const tasks = createTaskRunner({ concurrency: 2, timeout: 30, queue: 10 });
  const log = createLogger({ production: true, destination: { write: () => undefined } });
  const held = Promise.withResolvers<void>();
  const mine = tasks.forRequest(log, "1");
  const dropped = tasks.forRequest(log, "2");
  assert.ok(tasks.isIdle);
  for (let n = 0; n < 2; n += 1) mine.add(() => held.promise);
  mine.add(() => Promise.reject(new Error("no")));
  mine.add(() => new Promise<never>(() => undefined));
  dropped.add(() => assert.fail("must not run"));
  assert.deepEqual(tasks.figures, { running: 0, waiting: 5, done: 0, failed: 0, overdue: 0 });
  mine.release();
  dropped.drop();
  assert.deepEqual(tasks.figures, { running: 2, waiting: 2, done: 0, failed: 0, overdue: 0 });
  assert.equal(tasks.isIdle, false);
  held.resolve();
  await tasks.idle();
  assert.deepEqual(tasks.figures, { running: 0, waiting: 0, done: 2, failed: 1, overdue: 1 });
  await log.close();
});
