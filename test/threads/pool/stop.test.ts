// Calls that nobody wants any more.
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { ClientGone, DeadlineExceeded, depends, kiln } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { threadFigures } from "../../../src/threads/pool/thread-figures.ts";
import { bothWays } from "../../both-ways.ts";
import { newFlags, release, running } from "./programs/flags.ts";
import { add } from "./programs/sums.ts";
import { burn, burnUntilTold, throwIfTold, waitUntilTold, where } from "./programs/work.ts";

/** An app whose handlers burn, in a pool of one thread. */
function burner(flags: Int32Array, timeout?: number) {
  const app = kiln({ title: "Burn", threads: { size: 1 } });
  const options = timeout === undefined ? {} : { timeout };
  app.get("/burn", options, () => burn(flags));
  app.get("/told", options, () => burnUntilTold(flags));
  app.get("/add", {}, () => add(1, 2));
  app.get("/queued", options, () => add(1, 2));
  return app;
}

test("a signal that has aborted before: the call is not made", async () => {
  const reason = new Error("too late");
  await assert.rejects(add.with({ signal: AbortSignal.abort(reason) })(1, 2), reason);
});

test("a queued call is dropped, and the others keep their turn", async () => {
  await using _ = await testApp(kiln({ title: "One", threads: { size: 1 } }));
  const flags = newFlags();
  const first = burn(flags);
  const threadId = await running(flags);
  const gone = new AbortController();
  const dropped = assert.rejects(add.with({ signal: gone.signal })(1, 2), { name: "AbortError" });
  const next = where();
  assert.equal(threadFigures().queued, 2);
  gone.abort();
  await dropped;
  assert.equal(threadFigures().queued, 1);
  release(flags);
  assert.equal(await first, "burned");
  // The thread was left alone.
  assert.equal((await next).threadId, threadId);
});

test("a running call is stopped: its thread is ended, and another takes its place", async () => {
  await using _ = await testApp(kiln({ title: "One", threads: { size: 1 } }));
  const flags = newFlags();
  const gone = new AbortController();
  const call = burn.with({ signal: gone.signal })(flags);
  const waiting = where();
  const threadId = await running(flags);
  gone.abort(new Error("changed my mind"));
  await assert.rejects(call, /changed my mind/);
  assert.notEqual((await waiting).threadId, threadId);
});

test("a call that is stopped while its thread starts leaves the queue moving", async () => {
  await using _ = await testApp(kiln({ title: "One", threads: { size: 1 } }));
  const gone = new AbortController();
  const calls = [add.with({ signal: gone.signal })(1, 1), add.with({ signal: gone.signal })(2, 2)];
  const refused = calls.map((call) => assert.rejects(call, { name: "AbortError" }));
  const kept = add(3, 3);
  gone.abort();
  await Promise.all(refused);
  assert.equal(await kept, 6);
});

test("a function that takes the signal ends by itself, and keeps its thread", async () => {
  await using _ = await testApp(kiln({ title: "One", threads: { size: 1 } }));
  for (const [work, end] of [
    [burnUntilTold, "told"],
    [waitUntilTold, "told: true"],
  ] as const) {
    const flags = newFlags();
    const gone = new AbortController();
    const call = work.with({ signal: gone.signal })(flags);
    const threadId = await running(flags);
    gone.abort();
    assert.equal(await call, end);
    assert.equal((await where()).threadId, threadId);
  }
});

test("the reason of the abort comes back from a function that throws its signal's", async () => {
  const flags = newFlags();
  const gone = new AbortController();
  const reason = new RangeError("mine");
  const call = throwIfTold.with({ signal: gone.signal })(flags);
  await running(flags);
  gone.abort(reason);
  assert.equal(await call.catch((error: unknown) => error), reason);
});

test("a hundred calls may listen to one signal", async () => {
  // Beyond ten, an emitter would warn, which fails this file.
  await using _ = await testApp(kiln({ title: "Hundred", threads: { queue: 100 } }));
  const { signal } = new AbortController();
  const sums = await Promise.all(Array.from({ length: 100 }, (_, i) => add.with({ signal })(i, 1)));
  assert.equal(sums.at(-1), 100);
});

async function leave(t: TestApp, path: string, flags: Int32Array): Promise<void> {
  const client = request(`${t.url}${path}`).on("error", () => undefined);
  client.end();
  await running(flags);
  client.destroy();
}

test("a client that leaves has its call stopped", async () => {
  const flags = newFlags();
  await using t = await testApp(burner(flags), { socket: true });
  await leave(t, "/burn", flags);
  // The only thread burns for ever, unless it is ended.
  assert.equal((await t.get("/add")).json(), 3);
  assert.equal(t.logs.find("request_failed"), undefined);
});

test("a client that leaves is told to a function that takes the signal", async () => {
  const flags = newFlags();
  await using t = await testApp(burner(flags), { socket: true });
  await leave(t, "/told", flags);
  assert.equal(await running(flags, 1), 1);
  assert.equal((await t.get("/add")).json(), 3);
});

bothWays(
  "a deadline stops a running call and drops a queued one",
  () => burner(newFlags(), 200),
  async (t) => {
    const answers = await Promise.all([t.get("/burn"), t.get("/burn"), t.get("/queued")]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [503, 503, 503],
    );
    assert.ok(answers.every((answer) => answer.text().includes("deadline_exceeded")));
    assert.equal((await t.get("/add")).json(), 3);
  },
);

test("the handler sees why its call was stopped", async () => {
  const flags = newFlags();
  const seen: unknown[] = [];
  const app = kiln({ title: "Why", threads: { size: 1 } });
  const see = (error: unknown): void => void seen.push(error);
  app.get("/late", { timeout: 200 }, () => burn(newFlags()).catch(see));
  app.get("/gone", {}, () => burn(flags).catch(see));
  await using t = await testApp(app, { socket: true });
  await t.get("/late");
  await leave(t, "/gone", flags);
  await t.idle();
  assert.ok(seen[0] instanceof DeadlineExceeded);
  assert.ok(seen[1] instanceof ClientGone);
});

test("a clean-up's call is not stopped by what ended its request", async () => {
  const cleaned = Promise.withResolvers<number>();
  const held = depends({}, async function* held() {
    try {
      yield 1;
    } finally {
      cleaned.resolve(await add(40, 2));
    }
  });
  const app = kiln({ title: "Clean", threads: { size: 1 } });
  app.get("/late", { needs: { held }, timeout: 200 }, () => burn(newFlags()));
  await using t = await testApp(app);
  assert.equal((await t.get("/late")).status, 503);
  assert.equal(await cleaned.promise, 42);
});
