import assert from "node:assert/strict";
import { test } from "node:test";
import { depends, kiln, signal } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { bothWays } from "../both-ways.ts";

const never = new Promise<never>(() => undefined);

bothWays(
  "a handler that ignores its signal is answered for with a 503, and its clean-ups run",
  () => {
    const app = kiln({ title: "deadline", timeout: 20 });
    const unit = depends({}, async function* () {
      try {
        yield 1;
      } catch (error) {
        cleaned.push((error as { code?: string }).code ?? "");
        throw error;
      }
    });
    app.get("/slow", { needs: { unit } }, () => never);
    app.get("/fast", { timeout: 60_000 }, () => "ok");
    return app;
  },
  async (t) => {
    cleaned.length = 0;
    const answer = await t.get("/slow");
    assert.equal(answer.status, 503);
    assert.equal(answer.json<{ type: string }>().type, "urn:problem-type:deadline_exceeded");
    await t.idle();
    assert.deepEqual(cleaned, ["deadline_exceeded"]);
    assert.equal((await t.get("/fast")).status, 200);
  },
);

const cleaned: string[] = [];

test("the signal aborts with the deadline as its reason", async () => {
  const reason = Promise.withResolvers<unknown>();
  const app = kiln({ title: "deadline" });
  app.get("/", { needs: { signal }, timeout: 20 }, async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    reason.resolve(signal.reason);
    signal.throwIfAborted();
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 503);
  assert.equal(((await reason.promise) as { code: string }).code, "deadline_exceeded");
});

test("what opens after the deadline is closed at once, and the handler never runs", async () => {
  const gate = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<string>();
  let handled = false;
  const late = depends({}, async function* () {
    await gate.promise;
    try {
      yield 1;
    } finally {
      closed.resolve("closed");
    }
  });
  const app = kiln({ title: "late" });
  app.get("/", { needs: { late }, timeout: 20 }, () => {
    handled = true;
    return 1;
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 503);
  gate.resolve();
  assert.equal(await closed.promise, "closed");
  assert.equal(handled, false);
});

test("a clean-up that fails after the deadline is logged", async () => {
  const expired = Promise.withResolvers<void>();
  const unit = depends({}, async function* () {
    yield 1;
    await expired.promise;
    throw new Error("the commit failed");
  });
  const app = kiln({ title: "late" });
  app.get("/", { needs: { unit }, timeout: 20 }, () => 1);
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 503);
  expired.resolve();
  await t.idle();
  const line = t.logs.find("request_failed_after_deadline");
  assert.equal((line?.err as Error | undefined)?.message, "the commit failed");
});

test("a deadline further away than a timer can count is none that fires at once", async () => {
  const app = kiln({ title: "far", timeout: Number.POSITIVE_INFINITY });
  app.get("/", {}, () => new Promise((resolve) => setTimeout(resolve, 20, "done")));
  await using t = await testApp(app);
  assert.equal((await t.get("/")).json(), "done");
});
