import assert from "node:assert/strict";
import { test } from "node:test";
import { KilnError, kiln, log } from "kilnjs";
import { testApp } from "kilnjs/testing";

function burn(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

for (const limit of [0, 9, Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`a limit of ${limit} is refused before anything is served`, async () => {
    const app = kiln({ title: "Limits" });
    await assert.rejects(testApp(app, { stallWatch: { limit } }), (error: unknown) => {
      assert.ok(error instanceof KilnError);
      assert.equal(error.code, "KILN_STALL_WATCH_LIMIT");
      assert.match(error.message, /10 milliseconds or more/);
      return true;
    });
  });
}

test("a test app looks when asked, and its logs have the report", async () => {
  const app = kiln({ title: "Watched" });
  app.get("/warm", {}, () => ({}));
  app.get("/slow", {}, () => {
    burn(300);
    return {};
  });
  await using t = await testApp(app, { stallWatch: { limit: 50 } });
  // The monitor starts beside the app; what blocks before it looks is not seen.
  let report: unknown;
  for (let i = 0; i < 20 && report === undefined; i++) {
    await t.get("/slow");
    for (let turn = 0; turn < 20 && report === undefined; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      report = t.logs.lines.find(({ message }) => message === "event_loop_blocked")?.route;
    }
  }
  assert.equal(report, "/slow");
});

test("a test app does not look by itself", async () => {
  const app = kiln({ title: "Unwatched", stallWatch: { limit: 50 } });
  app.get("/slow", {}, () => {
    burn(200);
    log.info("slow");
    return {};
  });
  await using t = await testApp(app);
  await t.get("/slow");
  assert.equal(Symbol.for("kilnjs.stall") in globalThis, false);
});

test("two apps share a watch, and the last one ends it", async () => {
  const hook = Symbol.for("kilnjs.stall");
  const one = await testApp(kiln({ title: "One" }), { stallWatch: { limit: 50 } });
  const two = await testApp(kiln({ title: "Two" }), { stallWatch: { limit: 100 } });
  await one.close();
  // A watch begins a moment after its app: the close of one has waited for it, so the other's may be there or come.
  await two.close();
  assert.equal(hook in globalThis, false);
});
