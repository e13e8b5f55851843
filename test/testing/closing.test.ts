import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { type App, background, kiln, reply, resource, signal } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";

const shutdown = { grace: 50, close: 50 };

async function leak(t: TestApp): Promise<string> {
  const error = await t.close().then(
    () => assert.fail("closing finds the leak"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof Error && "code" in error);
  assert.equal(error.code, "KILN_TEST_LEAK");
  return error.message;
}

test("closing runs the clean-ups, once", async () => {
  const events: string[] = [];
  const store = resource({}, async function* store() {
    events.push("open");
    yield 1;
    events.push("close");
  });
  const app = kiln({ title: "Once" });
  app.get("/", { needs: { store } }, ({ store }) => store);
  {
    await using t = await testApp(app);
    await t.get("/");
    await Promise.all([t.close(), t.close()]);
  }
  assert.deepEqual(events, ["open", "close"]);
});

test("closing waits for background tasks", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done: string[] = [];
  const app = kiln({ title: "Tasks" });
  app.get("/", { needs: { background } }, ({ background }) => {
    background.add(async () => {
      await promise;
      done.push("task");
    });
  });
  const t = await testApp(app);
  await t.get("/");
  const closing = t.close();
  resolve();
  await closing;
  assert.deepEqual(done, ["task"]);
});

test("a background task that does not end is a leak with its name", async () => {
  const app = kiln({ title: "Hangs" });
  app.get("/", { needs: { background } }, ({ background }) => {
    background.add(function neverEnds() {
      return new Promise(() => {});
    });
  });
  const t = await testApp(app, { shutdown });
  await t.get("/");
  assert.match(await leak(t), /closing\.test\.ts:\d+.*background task neverEnds had not ended/);
});

for (const socket of [false, true]) {
  test(`a request that the test did not wait for is a leak with its route (socket: ${socket})`, async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    const app = kiln({ title: "Hangs" });
    app.get("/slow/:id", {}, async () => {
      resolve();
      await new Promise(() => {});
    });
    const t = await testApp(app, { shutdown, socket });
    const call = t.get("/slow/1");
    await arrived;
    assert.match(await leak(t), /a request of \/slow\/:id had not ended/);
    assert.equal((await call).status, 503);
  });
}

test("a stream ends by its signal when the app closes", async () => {
  const app = kiln({ title: "Stream" });
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  app.get("/events", { needs: { reply, signal } }, ({ reply, signal }) => {
    async function* events(): AsyncGenerator<{ data: string }> {
      yield { data: "first" };
      resolve();
      await once(signal, "abort");
      yield { data: "last" };
    }
    return reply.sse(events());
  });
  const t = await testApp(app, { socket: true });
  const call = t.get("/events");
  await arrived;
  await t.close();
  assert.match((await call).text(), /first/);
});

test("a resource that fails to close, or does not, is a leak with its name", async () => {
  const app = (name: string, close: () => Promise<void>): App => {
    const made = kiln({ title: "Closes" });
    const store = resource(
      {},
      async function* () {
        yield 1;
        await close();
      },
      { name },
    );
    made.get("/", { needs: { store } }, ({ store }) => store);
    return made;
  };
  const failing = await testApp(app("failing", () => Promise.reject(new Error("still in use"))));
  assert.match(await leak(failing), /resource failing failed to close: still in use/);
  const hanging = await testApp(
    app("hanging", () => new Promise(() => {})),
    { shutdown },
  );
  assert.match(await leak(hanging), /resource hanging did not close within 50 ms/);
});

test("a load balancer's delay is not waited for", async () => {
  const app = kiln({ title: "Delay", shutdown: { drainDelay: 60_000 } });
  app.get("/", {}, () => 1);
  const t = await testApp(app);
  await t.close();
});
