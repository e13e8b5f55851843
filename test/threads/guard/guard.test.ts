import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { type App, background, type GuardOption, KilnError, kiln } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { bothWays } from "../../both-ways.ts";

const here = "test/threads/guard/guard.test.ts";

function touch(): boolean {
  return existsSync("/");
}

function touching(guard?: GuardOption): App {
  const app = kiln({ title: "guard", ...(guard === undefined ? {} : { guard }) });
  app.get("/touch", {}, () => touch());
  return app;
}

bothWays(
  "in development a blocking call is logged once per place, with route, request, stack and what to use instead",
  () => touching(),
  async (t) => {
    const headers = { "x-request-id": "first" };
    assert.equal((await t.get("/touch", { headers })).json(), true);
    await t.get("/touch");
    const [line, ...more] = t.logs.filter("sync_io");
    assert.deepEqual(more, []);
    assert.equal(line?.level, "warn");
    assert.equal(line.call, "fs.existsSync");
    assert.equal(line.place, `${here}:11`);
    assert.equal(line.route, "/touch");
    assert.equal(line.request_id, "first");
    assert.equal(line.hint, "Use fs.promises.access, or run it in blocking()");
    assert.deepEqual(line.stack, [`touch (${here}:11)`, `${here}:16`]);
  },
  { guard: "warn" },
);

test("in a test app the call throws: the client gets a 500, the log the error, and closing the app fails", async () => {
  const t = await testApp(touching());
  const answer = await t.get("/touch");
  assert.equal(answer.status, 500);
  const failed = t.logs.find("request_failed");
  const message =
    `KILN_GUARD_SYNC_IO in ${here}:11 for request /touch: "fs.existsSync" blocks the event loop: every other request ` +
    "waits until it returns. Use fs.promises.access, or run it in blocking(); where it must stay, allow the place: " +
    `guard: { allow: ["${here}:11"] }.`;
  assert.equal((failed?.err as Error | undefined)?.message, message);
  await assert.rejects(t.close(), (error: unknown) => error instanceof KilnError && error.message === message);
});

test("an error that the app catches, and one of a background task, still fail the test", async () => {
  const app = kiln({ title: "caught" });
  app.get("/caught", {}, () => {
    try {
      return touch();
    } catch {
      return false;
    }
  });
  app.get("/task", { needs: { background } }, ({ background }) => background.add(touch));
  for (const path of ["/caught", "/task"]) {
    const t = await testApp(app);
    assert.ok((await t.get(path)).status < 300);
    await t.idle();
    assert.equal(t.logs.filter("sync_io").length, 1);
    await assert.rejects(t.close(), { code: "KILN_GUARD_SYNC_IO" });
  }
});
