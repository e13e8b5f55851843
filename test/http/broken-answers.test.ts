import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import { type App, answer, body, depends, httpError, kiln, query, reply } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

async function answersPlain500(t: TestApp, cause: RegExp): Promise<void> {
  const got = await t.get("/");
  assert.equal(got.status, 500);
  assert.equal(got.json<{ type: string }>().type, "urn:problem-type:internal_error");
  assert.doesNotMatch(got.text(), cause);
  const line = t.logs.find(
    ({ level, err }) => level === "error" && cause.test((err as Error | undefined)?.message ?? ""),
  );
  assert.ok(line, "the cause is logged");
}

function failingStream(): App {
  const app = kiln({ title: "stream" });
  app.get("/", { needs: { reply } }, ({ reply }) => reply.stream(createReadStream("/does/not/exist")));
  return app;
}

bothWays("a stream that fails before its first byte is a 500", failingStream, (t) => answersPlain500(t, /ENOENT/));

test("a stream that fails while clean-ups run does not end the process", async () => {
  const failed = Promise.withResolvers<void>();
  const slow = depends({}, async function* () {
    yield 1;
    await failed.promise;
  });
  const app = kiln({ title: "stream" });
  app.get("/", { needs: { slow, reply } }, ({ reply }) => {
    const stream = createReadStream("/does/not/exist");
    stream.once("close", () => failed.resolve());
    return reply.stream(stream);
  });
  await using t = await testApp(app);
  await answersPlain500(t, /ENOENT/);
});

test("a stream that fails midway cuts the connection and says in the log why", async () => {
  const app = kiln({ title: "stream" });
  app.get("/", { needs: { reply } }, ({ reply }) =>
    reply.stream(
      Readable.from(
        (async function* () {
          yield "first";
          throw new Error("the disk is gone");
        })(),
      ),
    ),
  );
  await using t = await testApp(app, { socket: true });
  await assert.rejects(t.get("/"));
  await t.idle();
  const line = t.logs.find("stream_failed");
  assert.equal((line?.err as Error | undefined)?.message, "the disk is gone");
});

test("a stream that is dropped for the deadline is destroyed", async () => {
  const expired = Promise.withResolvers<void>();
  const stream = Readable.from(["never sent"]);
  const app = kiln({ title: "stream", timeout: 20 });
  app.get("/", { needs: { reply } }, async ({ reply }) => {
    await expired.promise;
    return reply.stream(stream);
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 503);
  const closed = once(stream, "close");
  expired.resolve();
  await closed;
  assert.ok(stream.destroyed);
});

for (const times of ["once", "always"] as const) {
  bothWays(
    `a plugin's onSend hook that throws ${times} is a 500 without its message`,
    () => {
      let calls = 0;
      const app = kiln({ title: "hook" });
      app.get("/", {}, () => "ok");
      return app.fastify((instance) => {
        instance.addHook("onSend", async () => {
          calls += 1;
          if (times === "always" || calls === 1) throw new Error("inside of a hook");
        });
      });
    },
    (t) => answersPlain500(t, /inside of a hook/),
  );
}

test("a header that Node refuses is a 500, also behind a plugin's asynchronous hook", async () => {
  const app = kiln({ title: "header" });
  app.get("/", {}, () => answer(200, {}, { "x-split": "a\nb" }));
  app.fastify((instance) => {
    instance.addHook("onSend", async (_request, _reply, payload) => payload);
  });
  await using t = await testApp(app);
  await answersPlain500(t, /x-split/);
});

for (const [name, handler] of [
  ["synchronous", (error: Error): never => assert.fail(error)],
  ["asynchronous", (error: Error): Promise<never> => Promise.reject(error)],
] as const) {
  test(`an error with extra members that no JSON holds is a 500 (${name} handler)`, async () => {
    const Odd = httpError(400, "odd", "Odd");
    const app = kiln({ title: "extra" });
    app.get("/", {}, () => handler(new Odd(undefined, { extra: { id: 10n } })));
    await using t = await testApp(app);
    await answersPlain500(t, /BigInt/);
  });
}

test("an error handler that gives no status of HTTP, or none in time, is answered for", async () => {
  const app = kiln({ title: "handlers", timeout: 20 });
  class Hangs extends Error {}
  app.onError(Hangs, () => new Promise<never>(() => undefined));
  app.onError(Error, () => ({ status: 0, body: {} }));
  app.get("/", {}, () => {
    throw new Error("boom");
  });
  app.get("/hangs", {}, () => {
    throw new Hangs("boom");
  });
  await using t = await testApp(app);
  await answersPlain500(t, /invalid status code/);
  assert.equal((await t.get("/hangs")).status, 500);
});

test("a refinement that rejects beside a body that is no JSON does not end the process", async () => {
  const rejected = Promise.withResolvers<void>();
  const asked = z.string().refine(async () => {
    queueMicrotask(() => setImmediate(rejected.resolve));
    await Promise.resolve();
    throw new Error("the database is down");
  });
  const app = kiln({ title: "inputs" });
  app.post("/", { needs: { asked: query(asked), data: body(z.object({})) } }, () => 1);
  await using t = await testApp(app);
  const headers = { "content-type": "application/json" };
  assert.equal((await t.post("/", { query: { asked: "1" }, body: "{", headers })).status, 400);
  await rejected.promise;
});

test("what follows an answer in the making on its connection is not answered in the middle of it", async () => {
  const app = kiln({ title: "desync" });
  app.get("/", { needs: { reply } }, ({ reply }) =>
    reply.sse(
      (async function* () {
        yield { data: 1 };
        await new Promise<never>(() => undefined);
      })(),
    ),
  );
  await using t = await testApp(app, { socket: true });
  const socket = connect(Number(new URL(t.url).port), "127.0.0.1");
  let received = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    received += String(chunk);
    if (received.includes("data: 1")) socket.write("no HTTP at all\r\n\r\n");
  });
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "close");
  assert.match(received, /data: 1/);
  assert.doesNotMatch(received, / 400 /);
});
