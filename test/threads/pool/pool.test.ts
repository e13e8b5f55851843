// The pool: its size, its queue, what it survives, and how it ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type App, depends, KilnError, kiln, resource, ThreadsBusy } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { threadFigures } from "../../../src/threads/pool/thread-figures.ts";
import { bothWays } from "../../both-ways.ts";
import { newFlags, release, running } from "./programs/flags.ts";
import { add } from "./programs/sums.ts";
import { burn, eat, failLater, leave, where } from "./programs/work.ts";

function appWith(threads: NonNullable<Parameters<typeof kiln>[0]["threads"]>): App {
  return kiln({ title: "Pool", threads });
}

function figuresOf(name: string) {
  const found = threadFigures().functions.find((each) => each.name === name);
  assert.ok(found !== undefined);
  return found;
}

bothWays(
  "beyond threads and queue, a call is a 503 with Retry-After",
  () => appWith({ size: 1, queue: 2 }).get("/add", {}, () => add(1, 2)),
  async (t) => {
    const flags = newFlags();
    const first = burn(flags);
    await running(flags);
    const queued = [t.get("/add"), t.get("/add")];
    while (threadFigures().queued < 2) await wait(1);
    const refused = await t.get("/add");
    assert.equal(refused.status, 503);
    assert.equal((refused.json() as { type: string }).type, "urn:problem-type:threads_busy");
    assert.match(refused.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    await assert.rejects(add(1, 2), ThreadsBusy);
    release(flags);
    assert.equal(await first, "burned");
    for (const { status } of await Promise.all(queued)) assert.equal(status, 200);
  },
);

test("as many calls run at once as there are threads", async () => {
  await using _ = await testApp(appWith({ size: 2 }));
  const [one, two] = [newFlags(), newFlags()];
  const calls = [burn(one), burn(two)];
  const ids = await Promise.all([running(one), running(two)]);
  assert.notEqual(ids[0], ids[1]);
  assert.deepEqual([threadFigures().size, threadFigures().busy], [2, 2]);
  release(one);
  release(two);
  await Promise.all(calls);
});

for (const [what, call, pattern] of [
  ["runs out of memory", eat, /"eat" did not return, because its thread ran out of memory \(32 MB\)/],
  ["exits", leave, /"leave" did not return, because its thread exited with code 7/],
  ["throws where nothing catches", failLater, /"failLater" did not return, because an error was thrown in its thread/],
] as const) {
  test(`a thread that ${what} fails its call only`, async () => {
    await using _ = await testApp(appWith({ size: 1, heapLimit: 32 }));
    const failing = call().then(
      () => undefined,
      (error: unknown) => error,
    );
    const others = [add(1, 1), add(2, 2)];
    const error = await failing;
    assert.ok(error instanceof KilnError);
    assert.equal(error.code, "KILN_BLOCKING_CRASHED");
    assert.match(error.message, pattern);
    assert.match(error.stack ?? "", /pool\.test\.ts/);
    if (call === failLater) assert.match(String(error.cause), /nobody catches this/);
    assert.deepEqual(await Promise.all(others), [2, 4]);
  });
}

test("requests that hold what others wait for finish with a pool of one thread", async () => {
  // FastAPI's best-known failure: acquiring, working and releasing queue for the same threads, and those that wait to
  // acquire have them all.
  const free: (() => void)[] = [];
  let taken = false;
  const connection = depends({}, async function* connection() {
    if (taken) await new Promise<void>((resolve) => free.push(resolve));
    taken = true;
    try {
      yield { id: await add(1, 0) };
    } finally {
      await add(1, 1);
      taken = false;
      free.shift()?.();
    }
  });
  const app = appWith({ size: 1, queue: 5 });
  app.get("/work", { needs: { connection } }, ({ connection }) => add(connection.id, 1));
  await using t = await testApp(app);
  const answers = await Promise.all(Array.from({ length: 50 }, () => t.get("/work")));
  assert.deepEqual(new Set(answers.map((answer) => answer.text())), new Set(["2"]));
});

test("a clean-up that needs a thread gets one while the work that waits for it has them all", async () => {
  const flags = newFlags();
  const held = depends({}, async function* held() {
    try {
      yield 1;
    } finally {
      // In the place of a lock that the other request's work waits for.
      assert.equal(await add(1, 1), 2);
      release(flags);
    }
  });
  const app = appWith({ size: 1 });
  const go = Promise.withResolvers<void>();
  app.get("/holds", { needs: { held } }, () => go.promise);
  app.get("/waits", {}, () => burn(flags));
  await using t = await testApp(app);
  const holds = t.get("/holds");
  const waits = t.get("/waits");
  await running(flags);
  const queued = Array.from({ length: 10 }, () => add(1, 2));
  go.resolve();
  assert.equal((await holds).status, 204);
  assert.equal((await waits).json(), "burned");
  assert.equal((await Promise.all(queued)).length, 10);
});

test("threads start when they are needed, and end when they have nothing to do", async () => {
  await using _ = await testApp(appWith({ size: 1, idleTimeout: 1 }));
  assert.equal(threadFigures().threads, 0);
  const { threadId } = await where();
  while (threadFigures().threads > 0) await wait(1);
  assert.notEqual((await where()).threadId, threadId);
});

test("`warm` has the threads there, with their modules, before the app is ready", async () => {
  const before = figuresOf("add").run.total;
  await using _ = await testApp(appWith({ size: 2, warm: true, idleTimeout: 1 }));
  assert.equal(threadFigures().threads, 2);
  assert.equal(await add(1, 2), 3);
  assert.ok(figuresOf("add").run.total >= before);
  assert.equal(threadFigures().threads, 2);
});

test("the opener and the clean-up of a resource may use threads, which end with the last app", async () => {
  const sums: number[] = [];
  const sum = resource({}, async function* sum() {
    yield await add(1, 2);
    sums.push(await add(3, 4));
  });
  const app = appWith({ size: 1 }).get("/", { needs: { sum } }, ({ sum }) => sum);
  const t = await testApp(app);
  const other = await testApp(kiln({ title: "Other" }));
  assert.equal((await t.get("/")).json(), 3);
  await t.close();
  assert.deepEqual(sums, [7]);
  assert.equal(threadFigures().size, 1);
  await other.close();
  assert.deepEqual([threadFigures().size, threadFigures().threads], [0, 0]);
});

test("the end of the last app lets calls finish that are not of an app", async () => {
  const flags = newFlags();
  const t = await testApp(appWith({ size: 1 }));
  const call = burn(flags);
  await running(flags);
  const closing = t.close();
  release(flags);
  assert.equal(await call, "burned");
  await closing;
});

test("the figures of a function count what became of its calls", async () => {
  await using _ = await testApp(appWith({ size: 1, queue: 0 }));
  const before = { ...figuresOf("burn") };
  const flags = newFlags();
  const gone = new AbortController();
  const call = burn.with({ signal: gone.signal })(flags);
  await running(flags);
  await assert.rejects(burn(newFlags()), ThreadsBusy);
  gone.abort();
  await assert.rejects(call);
  const done = newFlags();
  release(done);
  await burn(done);
  const { runs, failures, stopped, refused, run, wait: waited } = figuresOf("burn");
  assert.deepEqual(
    [runs - before.runs, failures - before.failures, stopped - before.stopped, refused - before.refused],
    [1, 0, 1, 1],
  );
  assert.ok(run.total > 0 && run.max <= run.total && waited.total > 0);
  assert.equal(
    run.buckets.reduce((sum, count) => sum + count, 0),
    runs,
  );
});

test("numbers that make no pool are refused when the app starts", async () => {
  for (const threads of [{ size: 0 }, { queue: -1 }, { heapLimit: 1.5 }, { idleTimeout: Number.NaN }]) {
    const [[name, value] = []] = Object.entries(threads);
    await assert.rejects(testApp(appWith(threads)), (error: unknown) => {
      assert.ok(error instanceof KilnError);
      return error.code === "KILN_THREADS_OPTIONS" && error.message.includes(`"${name}: ${value}"`);
    });
  }
});
