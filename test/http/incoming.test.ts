// Bodies that are read past the machinery of streams.
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { body, kiln, rawBody, request } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { isListenedAlone } from "../../src/http/foreign-context.ts";

function makeApp() {
  const app = kiln({ title: "bodies", bodyLimit: 100_000 });
  app.post("/text", { needs: { text: body(z.string()) } }, ({ text }) => text);
  app.post("/bytes", { needs: { bytes: rawBody() } }, ({ bytes }) => bytes.length);
  app.get("/", {}, () => "ok");
  return app;
}

const head = "POST /text HTTP/1.1\r\nhost: kiln\r\ncontent-type: application/json\r\n";

function open(t: TestApp): Socket {
  return connect(Number(new URL(t.url).port), "127.0.0.1");
}

/** The bodies of so many answers. */
async function answers(socket: Socket, count: number): Promise<string[]> {
  let text = "";
  for await (const bytes of socket) {
    text += String(bytes);
    const found = [...text.matchAll(/content-length: (\d+)\r\n(?:.+\r\n)*\r\n/gi)];
    const bodies = found.map(({ index, 0: { length }, 1: size }) => text.slice(index + length).slice(0, Number(size)));
    if (bodies.length === count) return bodies;
  }
  throw new Error(`the connection ended after: ${text}`);
}

test("requests that come in one piece are answered in their order", async () => {
  await using t = await testApp(makeApp(), { socket: true });
  const socket = open(t);
  const post = (text: string): string => `${head}content-length: ${text.length + 2}\r\n\r\n"${text}"`;
  socket.write(`${post("one")}GET / HTTP/1.1\r\nhost: kiln\r\n\r\n${post("two")}${post("")}${post("three")}`);
  assert.deepEqual(await answers(socket, 5), ['"one"', '"ok"', '"two"', '""', '"three"']);
  socket.destroy();
});

test("a body comes in many pieces, with and without a length, also after its head", async () => {
  await using t = await testApp(makeApp(), { socket: true });
  const socket = open(t);
  socket.setNoDelay(true);
  for (const chunked of [false, true]) {
    const pieces = ['"', "a".repeat(1_000), "é", "b".repeat(50_000), '"'];
    const length = Buffer.byteLength(pieces.join(""));
    socket.write(`${head}${chunked ? "transfer-encoding: chunked" : `content-length: ${length}`}\r\n\r\n`);
    for (const piece of pieces) {
      await turn();
      const size = Buffer.byteLength(piece).toString(16);
      socket.write(chunked ? `${size}\r\n${piece}\r\n` : piece);
    }
    if (chunked) socket.write("0\r\nx-trailer: 1\r\n\r\n");
    const answered = await new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", function more(bytes) {
        text += String(bytes);
        if (!text.endsWith('"') || text.length < 51_000) return;
        socket.off("data", more);
        resolve(text);
      });
    });
    assert.ok(answered.endsWith(`\r\n\r\n${pieces.join("")}`));
  }
  socket.destroy();
});

test("who leaves in the middle of a body is logged as one who left", async () => {
  await using t = await testApp(makeApp(), { socket: true });
  const socket = open(t);
  socket.write(`${head}content-length: 10\r\n\r\n"abc`);
  while (t.logs.filter({ message: "request_received" }).length === 0) await turn();
  socket.destroy();
  await t.idle();
  while (t.logs.filter({ message: "request_completed" }).length === 0) await turn();
  const [line] = t.logs.filter({ message: "request_completed" });
  assert.deepEqual([line?.status_code, line?.aborted], [499, true]);
  assert.deepEqual(t.logs.filter({ level: "error" }), []);
  assert.equal((await t.get("/")).status, 200);
});

test("who is told of requests by Node may read their bodies, too", async () => {
  const read: string[] = [];
  const listener = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    request.on("data", (bytes) => read.push(String(bytes)));
  };
  subscribe("http.server.request.start", listener);
  try {
    await using t = await testApp(makeApp(), { socket: true });
    const answer = await t.post("/text", { json: "seen" });
    assert.equal(answer.text(), '"seen"');
  } finally {
    unsubscribe("http.server.request.start", listener);
  }
  assert.deepEqual(read, ['"seen"']);
});

test("whether a server is listened to by others, or made by a wrapper, is told", () => {
  const server = http.createServer(() => undefined);
  assert.equal(isListenedAlone(server), true);
  server.on("request", () => undefined);
  assert.equal(isListenedAlone(server), false);
  const { createServer } = http;
  // It takes and gives what Node's does, whose overloads cannot be written as one.
  http.createServer = ((...all: []) => createServer(...all)) as typeof createServer;
  try {
    assert.equal(isListenedAlone(createServer(() => undefined)), false);
  } finally {
    http.createServer = createServer;
  }
});

test("a connection whose request was answered before its body came is not kept", async () => {
  await using t = await testApp(makeApp(), { socket: true });
  const socket = open(t);
  socket.write(`${head.replace("/text", "/bytes")}content-length: 200000\r\n\r\n`);
  const closed = once(socket, "close");
  let text = "";
  socket.on("data", (bytes) => (text += String(bytes)));
  await closed;
  assert.match(text, /^HTTP\/1.1 413 /);
});

for (const socket of [false, true]) {
  test(`a type without a body is a body that is empty (${socket ? "socket" : "in process"})`, async () => {
    const app = makeApp();
    app.post("/none", {}, () => "none");
    app.delete("/none", {}, () => "none");
    await using t = await testApp(app, { socket });
    const asked = ["POST /none", "DELETE /none", "POST /nowhere", "DELETE /nowhere", "POST /text", "GET /"];
    const told: Record<string, number[]> = {};
    for (const type of ["application/json", "text/plain", "application/json;charset=UTF-8"]) {
      for (const what of asked) {
        const [method = "", path = ""] = what.split(" ");
        // A client of its own: others say of a POST without a body that it has a length of zero.
        const status = socket
          ? await statusOf(t, `${what} HTTP/1.1\r\nhost: kiln\r\ncontent-type: ${type}\r\n\r\n`)
          : (await t.request(method, path, { headers: { "content-type": type } })).status;
        told[what] = [...(told[what] ?? []), status];
      }
    }
    assert.deepEqual(told["POST /none"], [200, 200, 200]);
    assert.deepEqual(told["GET /"], [200, 200, 200]);
    assert.deepEqual(told["POST /text"], [422, 422, 422]);
    assert.ok(
      Object.values(told)
        .flat()
        .every((status) => status < 500),
      JSON.stringify(told),
    );
  });
}

async function statusOf(t: TestApp, text: string): Promise<number> {
  const socket = open(t);
  socket.write(text);
  const [bytes] = await once(socket, "data");
  socket.destroy();
  return Number(String(bytes).slice(9, 12));
}

test("a handler that gets Node's request may use it as a stream, as ever", async () => {
  const closed = Promise.withResolvers<boolean>();
  const arrived = Promise.withResolvers<void>();
  const app = kiln({ title: "raw", logging: { level: "fatal" } });
  app.get("/wait", { needs: { request } }, async ({ request }) => {
    assert.equal(request.raw.destroyed, false);
    request.raw.on("close", () => closed.resolve(request.raw.destroyed));
    arrived.resolve();
    await closed.promise;
    return "left";
  });
  await using t = await testApp(app, { socket: true });
  const socket = open(t);
  socket.write("GET /wait HTTP/1.1\r\nhost: kiln\r\n\r\n");
  await arrived.promise;
  socket.destroy();
  assert.equal(await closed.promise, true);
});
