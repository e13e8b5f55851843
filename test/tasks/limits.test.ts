import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { type App, BackgroundFull, background, currentSignal, DeadlineExceeded, type KilnError, kiln } from "kilnjs";
import { testApp } from "kilnjs/testing";

/** A promise, and what resolves it. */
type Gate = ReturnType<typeof Promise.withResolvers<void>>;
const gate = (): Gate => Promise.withResolvers<void>();

test("so many run at once as `concurrency` says; the others wait in the order in which they came", async () => {
  const gates = Array.from({ length: 5 }, gate);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const work = async (n: number): Promise<void> => {
    begun.push(n);
    running += 1;
    most = Math.max(most, running);
    await gates[n]?.promise;
    running -= 1;
  };
  const app = kiln({ title: "at once", background: { concurrency: 2 } });
  app.get("/", { needs: { background } }, ({ background }) => {
    for (const n of gates.keys()) background.add(work, n);
    return 1;
  });
  await using t = await testApp(app);
  await t.get("/");
  assert.deepEqual(begun, [0, 1]);
  gates[1]?.resolve();
  await gates[1]?.promise;
  await new Promise(setImmediate);
  assert.deepEqual(begun, [0, 1, 2]);
  for (const { resolve } of gates) resolve();
  await t.idle();
  assert.deepEqual([begun, most], [[0, 1, 2, 3, 4], 2]);
});

/** Adds as many tasks as it is asked for; they end when `open` is called. */
function filling(held: Gate): App {
  const app = kiln({ title: "full", background: { concurrency: 1, queue: 2 } });
  const wait = (): Promise<void> => held.promise;
  for (const n of [1, 2, 3]) {
    app.get(`/${n}`, { needs: { background } }, ({ background }) => {
      for (let added = 0; added < n; added += 1) background.add(wait);
      return n;
    });
  }
  app.get("/fails", { needs: { background } }, ({ background }) => {
    for (let added = 0; added < 3; added += 1) background.add(wait);
    throw new Error("after all");
  });
  app.get("/may", { needs: { background } }, ({ background }) => {
    try {
      background.add(wait);
      return "added";
    } catch (error) {
      if (error instanceof BackgroundFull) return "left out";
      throw error;
    }
  });
  return app;
}

test("a full queue refuses the request before its answer, so that no task is lost in silence", async () => {
  const held = gate();
  await using t = await testApp(filling(held));
  assert.equal((await t.get("/2")).status, 200);
  const refused = await t.get("/2");
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  const problem = refused.json<{ type: string; detail: string }>();
  assert.equal(problem.type, "urn:problem-type:background_full");
  assert.equal(problem.detail, "1 background tasks run and 2 wait; wait would be one more");
  // The one that the refused request had added before has given its place back.
  assert.equal((await t.get("/may")).json(), "added");
  assert.equal((await t.get("/may")).json(), "left out");
  held.resolve();
  await t.idle();
  assert.equal((await t.get("/3")).status, 200);
});

test("a request that fails gives back the places of its tasks", async () => {
  const held = gate();
  held.resolve();
  await using t = await testApp(filling(held));
  for (let n = 0; n < 3; n += 1) assert.equal((await t.get("/fails")).status, 500);
  assert.equal((await t.get("/3")).status, 200);
});

test("the 503 of a full queue stands in the document of every route that needs `background`", async () => {
  const app = kiln({ title: "documented", docs: "public" });
  app.get("/", { needs: { background } }, () => 1);
  app.get("/other", {}, () => 1);
  await using t = await testApp(app);
  const { paths } = (await t.get("/openapi.json")).json<{
    paths: Record<string, { get: { responses: Record<string, unknown> } }>;
  }>();
  assert.match(JSON.stringify(paths["/"]?.get.responses["503"]), /background_full/);
  assert.equal(paths["/other"]?.get.responses["503"], undefined);
});

test("at its deadline a task's signal aborts, the log names it, and its place is free though it goes on", async () => {
  const reasons: unknown[] = [];
  const end = gate();
  const ended = gate();
  let next = false;
  async function stubborn(): Promise<void> {
    const signal = currentSignal();
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    await end.promise;
    ended.resolve();
  }
  const app = kiln({ title: "overdue", background: { concurrency: 1, timeout: 30 } });
  app.get("/", { needs: { background } }, ({ background }) => {
    background.add(stubborn);
    background.add(() => {
      next = true;
    });
    return 1;
  });
  await using t = await testApp(app);
  const answer = await t.get("/");
  await t.idle();
  assert.ok(next);
  assert.ok(reasons[0] instanceof DeadlineExceeded);
  assert.equal(reasons[0].message, "The background task stubborn took longer than 30 ms");
  const line = t.logs.find("background_task_overdue");
  assert.deepEqual(
    [line?.level, line?.task, line?.timeout_ms, line?.request_id],
    ["warn", "stubborn", 30, answer.headers.get("x-request-id")],
  );
  end.resolve();
  await ended.promise;
});

test("a task that ends by its signal is overdue, not failed; one that fails later is logged as well", async () => {
  const late = gate();
  async function obeys(): Promise<void> {
    const signal = currentSignal();
    await once(signal, "abort");
    signal.throwIfAborted();
  }
  async function wraps(): Promise<void> {
    await fetch("data:,", { signal: await aborted() });
  }
  async function aborted(): Promise<AbortSignal> {
    const signal = currentSignal();
    await once(signal, "abort");
    return signal;
  }
  async function breaks(): Promise<void> {
    await aborted();
    await late.promise;
    throw new Error("much later");
  }
  const app = kiln({ title: "overdue", background: { timeout: 20 } });
  app.get("/", { needs: { background } }, ({ background }) => {
    for (const task of [obeys, wraps, breaks]) background.add(task);
    return 1;
  });
  await using t = await testApp(app);
  await t.get("/");
  await t.idle();
  assert.equal(t.logs.filter("background_task_overdue").length, 3);
  assert.equal(t.logs.find("background_task_failed"), undefined);
  late.resolve();
  await new Promise(setImmediate);
  assert.equal(t.logs.find("background_task_failed")?.task, "breaks");
});

test("`timeout: 0` sets no deadline, and one beyond what a timer counts does not fire at once", async () => {
  for (const timeout of [0, Number.POSITIVE_INFINITY, 2 ** 40]) {
    const held = gate();
    const app = kiln({ title: "endless", background: { timeout } });
    app.get("/", { needs: { background } }, ({ background }) => {
      background.add(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        assert.equal(currentSignal().aborted, false);
        held.resolve();
      });
      return 1;
    });
    await using t = await testApp(app);
    await t.get("/");
    await held.promise;
    await t.idle();
    assert.equal(t.logs.find("background_task_failed"), undefined);
  }
});

test("limits that cannot work are refused where they are written", () => {
  for (const [name, value] of [
    ["concurrency", 0],
    ["concurrency", 1.5],
    ["queue", -1],
    ["queue", Number.POSITIVE_INFINITY],
    ["timeout", -1],
    ["timeout", Number.NaN],
  ] as const) {
    assert.throws(
      () => kiln({ title: "limits", background: { [name]: value } }),
      (error: KilnError) => error.code === "KILN_BACKGROUND_OPTIONS" && error.message.includes(`${name}: ${value}`),
    );
  }
});
