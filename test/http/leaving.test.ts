import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import type { FastifyReply, FastifyRequest } from "fastify";
import { background, bearer, body, depends, kiln, signal } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

/** Sends a GET with a token, without waiting for its answer. */
async function begin(t: TestApp, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(t.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer abc\r\n\r\n`);
  return socket;
}

function guarded(gate: Promise<void> | undefined) {
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const user = depends({ token: bearer() }, async function* () {
    arrived.resolve();
    await gate;
    try {
      yield 1;
    } finally {
      closed.resolve();
    }
  });
  return { user, arrived: arrived.promise, closed: closed.promise };
}

test("a handler does not begin for a client that left during security, and what security opened is closed", async () => {
  const gate = Promise.withResolvers<void>();
  const { user, arrived, closed } = guarded(gate.promise);
  const left = Promise.withResolvers<void>();
  let handled = false;
  const app = kiln({ title: "leave" });
  app.get("/", { needs: { user } }, () => {
    handled = true;
    return 1;
  });
  app.fastify((instance) => {
    instance.addHook("onRequest", async (_request, reply) => void reply.raw.once("close", left.resolve));
  });
  await using t = await testApp(app, { socket: true });
  const socket = await begin(t, "/");
  await arrived;
  socket.destroy();
  await left.promise;
  gate.resolve();
  await closed;
  await t.idle();
  assert.equal(handled, false);
});

test("a handler that ignores its signal is cleaned up after at its deadline, though its client has left", async () => {
  const { user, arrived, closed } = guarded(undefined);
  const app = kiln({ title: "leave", timeout: 50 });
  app.get("/", { needs: { user } }, () => new Promise<never>(() => undefined));
  await using t = await testApp(app, { socket: true });
  const socket = await begin(t, "/");
  await arrived;
  socket.destroy();
  await closed;
  await t.idle();
});

test("a handler that ends by its signal because the client has left is no error", async () => {
  const arrived = Promise.withResolvers<void>();
  const app = kiln({ title: "leave" });
  app.get("/", { needs: { signal } }, async ({ signal }) => {
    arrived.resolve();
    await once(signal, "abort");
    signal.throwIfAborted();
  });
  await using t = await testApp(app, { socket: true });
  const socket = await begin(t, "/");
  await arrived.promise;
  socket.destroy();
  await t.idle();
  assert.equal(t.logs.find("request_completed")?.status_code, 499);
  assert.deepEqual(
    t.logs.filter(({ level }) => level === "error" || level === "warn"),
    [],
  );
});

bothWays(
  "a client that had its answer has not left: the signal stays as it is, and the log says so",
  () => {
    const app = kiln({ title: "stay" });
    return app.get("/", { needs: { signal, background } }, ({ signal, background }) => {
      background.add(() => assert.equal(signal.aborted, false));
      return "answer";
    });
  },
  async (t) => {
    assert.equal((await t.get("/")).status, 200);
    await t.idle();
    const line = t.logs.find("request_completed");
    assert.equal(line?.status_code, 200);
    assert.equal(line?.aborted, undefined);
    assert.equal(t.logs.find("background_task_failed"), undefined);
  },
);

for (const hook of ["onRequest", "preHandler"] as const) {
  test(`a plugin may answer by itself in ${hook}: the request ends, and what security opened is closed`, async () => {
    const { user, closed } = guarded(undefined);
    const app = kiln({ title: "plugin" });
    app.get("/", { needs: { user } }, () => assert.fail("the handler must not run"));
    app.fastify((instance) => {
      const refuse = (_request: FastifyRequest, reply: FastifyReply): void => void reply.code(429).send("slow down");
      if (hook === "onRequest") instance.addHook("onRequest", refuse);
      else instance.addHook("preHandler", refuse);
    });
    await using t = await testApp(app);
    const answer = await t.get("/", { headers: { authorization: "Bearer abc" } });
    assert.equal(answer.status, 429);
    await t.idle();
    if (hook === "preHandler") await closed;
  });
}

test("an answer that a plugin streams or took over is not cut off at the deadline", async () => {
  const app = kiln({ title: "plugin", timeout: 20 });
  const beyondDeadline = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
  app.fastify((instance) => {
    instance.get("/stream", (_request, reply) =>
      reply.send(
        Readable.from(
          (async function* () {
            yield "a";
            await beyondDeadline();
            yield "b";
          })(),
        ),
      ),
    );
    instance.get("/own", async (_request, reply) => {
      reply.hijack();
      await beyondDeadline();
      reply.raw.end("ab");
    });
  });
  await using t = await testApp(app, { socket: true });
  for (const path of ["/stream", "/own"]) assert.equal((await t.get(path)).text(), "ab");
});

test("OPTIONS for every path, as a CORS plugin adds it, makes no path exist", async () => {
  const app = kiln({ title: "plugin" });
  app.get("/", {}, () => 1);
  app.fastify((instance) => {
    instance.options("*", (_request, reply) => reply.code(204).send());
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/nothing")).status, 404);
  const refused = await t.post("/");
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.get("allow"), "GET, HEAD, OPTIONS");
});

test("a client that leaves in the middle of its body is no error, and what security opened is closed once", async () => {
  const arrived = Promise.withResolvers<void>();
  const seen: string[] = [];
  const user = depends({ token: bearer() }, async function* () {
    arrived.resolve();
    try {
      yield 1;
    } catch (error) {
      await new Promise(setImmediate);
      seen.push((error as Error).constructor.name);
      throw error;
    }
  });
  const app = kiln({ title: "leave" });
  app.post("/", { needs: { user, data: body(z.unknown()) } }, () => assert.fail("the handler must not run"));
  await using t = await testApp(app, { socket: true });
  const socket = connect(Number(new URL(t.url).port), "127.0.0.1");
  const head = "Host: x\r\nAuthorization: Bearer abc\r\nContent-Type: application/json\r\nContent-Length: 9";
  socket.write(`POST / HTTP/1.1\r\n${head}\r\n\r\n123`);
  await arrived.promise;
  socket.destroy();
  await t.idle();
  assert.equal(seen.length, 1);
  assert.deepEqual(
    t.logs.filter(({ level }) => level === "error" || level === "warn"),
    [],
  );
});
