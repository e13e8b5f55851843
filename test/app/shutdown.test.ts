import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { background, depends, type KilnError, kiln, reply, resource, signal } from "kilnjs";
import { testApp } from "kilnjs/testing";

test("a shutdown lets requests finish, then tasks, then closes resources in reverse", async () => {
  const events: string[] = [];
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const store = resource({}, async function* store() {
    yield 1;
    events.push("store closed");
  });
  const app = kiln({ title: "drain" });
  const remember = (name: string): void => {
    events.push(name);
  };
  app.get("/", { needs: { store, background } }, async ({ background }) => {
    arrived.resolve();
    background.add(remember, "task");
    await gate.promise;
    events.push("handled");
    return "done";
  });
  const t = await testApp(app, { socket: true });
  const answer = t.get("/");
  await arrived.promise;
  const closing = t.close();
  gate.resolve();
  const { status, headers } = await answer;
  assert.equal(status, 200);
  assert.equal(headers.get("connection"), "close");
  await closing;
  assert.deepEqual(events, ["handled", "task", "store closed"]);
});

test("what the grace cuts off is named, and resources close all the same", async () => {
  const arrived = Promise.withResolvers<void>();
  let closed = false;
  let cleaned = false;
  const store = resource({}, async function* store() {
    yield 1;
    closed = true;
  });
  const app = kiln({ title: "grace", timeout: 0 });
  const unit = depends({}, async function* unit() {
    try {
      yield 1;
    } finally {
      cleaned = true;
    }
  });
  app.get("/stuck", { needs: { store, unit } }, () => {
    arrived.resolve();
    return new Promise<never>(() => undefined);
  });
  const t = await testApp(app, { socket: true, shutdown: { grace: 30 } });
  const answer = t.get("/stuck").catch((error: Error) => error);
  await arrived.promise;
  // The leak is what this case is about: the test app says so as well.
  await t.close().catch((error: KilnError) => assert.equal(error.code, "KILN_TEST_LEAK"));
  const cutOff = await answer;
  assert.ok(!(cutOff instanceof Error) && cutOff.status === 503);
  assert.equal(cutOff.json<{ type: string }>().type, "urn:problem-type:server_closing");
  assert.equal(t.logs.find("request_cut_off")?.route, "/stuck");
  assert.ok(closed);
  assert.ok(cleaned, "what the request held is given back");
});

test("an event stream is told that the server drains, and ends", async () => {
  const reasons: string[] = [];
  const app = kiln({ title: "streams" });
  app.get("/events", { needs: { reply, signal } }, ({ reply, signal }) =>
    reply.sse(
      (async function* () {
        signal.addEventListener("abort", () => reasons.push((signal.reason as Error).name));
        yield { data: "first" };
        await new Promise(() => undefined);
      })(),
    ),
  );
  const t = await testApp(app, { socket: true });
  const socket = connect(Number(new URL(t.url).port), "127.0.0.1");
  socket.write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  while (!text.includes("first")) await once(socket, "data");
  const [, closing] = [once(socket, "close"), t.close()];
  await closing;
  assert.deepEqual(reasons, ["Draining"]);
  socket.destroy();
});

test("a stream that begins while the server drains is told too", async () => {
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const app = kiln({ title: "streams" });
  app.get("/events", { needs: { reply } }, async ({ reply }) => {
    arrived.resolve();
    await gate.promise;
    return reply.sse(
      (async function* () {
        yield { data: "first" };
        await new Promise(() => undefined);
      })(),
    );
  });
  const t = await testApp(app, { socket: true });
  const answer = t.get("/events");
  await arrived.promise;
  const closing = t.close();
  gate.resolve();
  assert.equal((await answer).status, 200);
  await closing;
});

test("a plugin that fails to register closes what plugins before it have opened", async () => {
  let closed = false;
  const app = kiln({ title: "plugins" });
  app.fastify((instance) => {
    instance.addHook("onClose", async () => {
      closed = true;
    });
  });
  app.fastify(() => Promise.reject(new Error("no such host")));
  await assert.rejects(testApp(app), /no such host/);
  assert.ok(closed);
});

test("a start-up that fails half way closes what was open and names the resource", async () => {
  const events: string[] = [];
  const first = resource({}, async function* first() {
    events.push("open first");
    yield 1;
    events.push("close first");
  });
  const second = resource({ first }, async function* second() {
    events.push("open second");
    yield await Promise.reject(new Error("the disk is full"));
  });
  const app = kiln({ title: "half" });
  app.get("/", { needs: { second } }, () => 1);
  await assert.rejects(testApp(app), (error: KilnError) => {
    assert.equal(error.code, "KILN_RESOURCE_OPEN");
    assert.match(error.message, /"second".*the disk is full/);
    assert.match(error.message, /shutdown\.test\.ts:\d+/);
    return true;
  });
  assert.deepEqual(events, ["open first", "open second", "close first"]);
});

test("a resource that fails to close does not keep the others open", async () => {
  const events: string[] = [];
  const good = resource({}, async function* good() {
    yield 1;
    events.push("good");
  });
  const bad = resource({ good }, async function* bad() {
    yield 2;
    throw new Error("will not close");
  });
  const app = kiln({ title: "close" });
  app.get("/", { needs: { bad } }, () => 1);
  const t = await testApp(app);
  await t.get("/");
  // A test app passes no such failure over in silence.
  await assert.rejects(t.close(), /"resource bad failed to close: will not close"/);
  assert.deepEqual(events, ["good"]);
  assert.equal(t.logs.find("resource_close_failed")?.resource, "bad");
});

test("a failed background task is logged with its name and touches no other", async () => {
  const done: string[] = [];
  const ok = (name: string): void => {
    done.push(name);
  };
  async function sendMail(): Promise<void> {
    throw new Error("no route to host");
  }
  const app = kiln({ title: "tasks" });
  const nested = depends({ background }, ({ background }) => background);
  app.get("/", { needs: { background, nested } }, ({ background, nested }) => {
    background.add(sendMail);
    nested.add(ok, "second");
    background.add(() => nested.add(ok, "from a task"));
    return 1;
  });
  app.get("/fails", { needs: { background } }, ({ background }) => {
    background.add(ok, "never");
    throw new Error("rolled back");
  });
  await using t = await testApp(app);
  const answer = await t.get("/");
  await t.get("/fails");
  await t.idle();
  assert.deepEqual(done, ["second", "from a task"]);
  const line = t.logs.find("background_task_failed");
  assert.equal(line?.task, "sendMail");
  assert.equal(line?.request_id, answer.headers.get("x-request-id"));
});
