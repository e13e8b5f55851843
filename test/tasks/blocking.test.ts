import assert from "node:assert/strict";
import { test } from "node:test";
import { background, kiln } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { add, fails, spin } from "./programs/work.ts";

test("a `blocking` function is a task like any other: name, log context and failure come back from its thread", async () => {
  const app = kiln({ title: "threads" });
  app.get("/", { needs: { background } }, ({ background }) => {
    background.add(add, 1, 2);
    background.add(fails);
    // @ts-expect-error the second number is missing
    if (Math.random() > 1) background.add(add, 1);
    return 1;
  });
  await using t = await testApp(app);
  const id = (await t.get("/")).headers.get("x-request-id");
  await t.idle();
  const line = t.logs.find("added");
  assert.deepEqual([line?.sum, line?.task, line?.request_id], [3, "add", id]);
  const failed = t.logs.filter("background_task_failed");
  assert.deepEqual(
    failed.map(({ task, request_id }) => [task, request_id]),
    [["fails", id]],
  );
  assert.match(JSON.stringify(failed[0]), /RangeError.*in the thread/);
});

test("at its deadline the thread of a `blocking` task is ended, so that it burns for nobody", async () => {
  const app = kiln({ title: "threads", background: { timeout: 100 }, threads: { size: 1 } });
  app.get("/", { needs: { background } }, ({ background }) => {
    background.add(spin);
    return 1;
  });
  app.get("/sum", {}, () => add(2, 3));
  await using t = await testApp(app);
  await t.get("/");
  await t.idle();
  assert.equal(t.logs.find("background_task_overdue")?.task, "spin");
  assert.equal(t.logs.find("background_task_failed"), undefined);
  // The only thread is free again, or this would wait for ever.
  assert.equal((await t.get("/sum")).json(), 5);
});

test("the end of the grace ends the thread of a `blocking` task", async () => {
  const app = kiln({ title: "threads", threads: { size: 1 } });
  app.get("/", { needs: { background } }, ({ background }) => {
    background.add(spin);
    return 1;
  });
  const t = await testApp(app, { shutdown: { grace: 50 } });
  await t.get("/");
  await assert.rejects(t.close(), /background task spin had not ended/);
  // A thread that spun on would keep this file from ending, which fails it.
});
