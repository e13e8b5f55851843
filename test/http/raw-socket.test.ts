import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { body, kiln } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";

/** Sends bytes as they are, which no client would, and reads until the server closes. */
async function exchange(t: TestApp, text: string | Uint8Array): Promise<string> {
  const socket = connect(Number(new URL(t.url).port), "127.0.0.1");
  await once(socket, "connect");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.write(text);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

function makeApp() {
  const app = kiln({ title: "raw" });
  app.post("/", { needs: { n: body(z.int()) } }, ({ n }) => n);
  app.get("/", {}, () => "ok");
  return app;
}

const cases: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ["no HTTP at all", "hello\r\n\r\n", 400],
  ["an unknown method", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 400],
  ["no Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
  ["an oversized header", `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${"a".repeat(20_000)}\r\n\r\n`, 431],
  ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12", 400],
  [
    "length and chunks (request smuggling)",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  [
    "a bad chunk size",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    400,
  ],
  ["a header that breaks off", "GET / HTTP/1.1\r\nHost: x\r\nX-A: a\nX-B\r\n\r\n", 400],
];

for (const [name, bytes, status] of cases) {
  test(`${name} is answered with a ${status} problem and the connection ends`, async () => {
    await using t = await testApp(makeApp(), { socket: true });
    const answer = await exchange(t, bytes);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    assert.match(answer, /content-type: application\/problem\+json/i);
    assert.equal((await t.get("/")).status, 200, "the server goes on");
  });
}

test("a client that leaves is logged as such, and aborts the signal, not the handler", async () => {
  const { signal, kiln: make } = await import("kilnjs");
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<string>();
  const finished = Promise.withResolvers<void>();
  const app = make({ title: "leaver" });
  app.get("/", { needs: { signal } }, async ({ signal }) => {
    arrived.resolve();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    left.resolve((signal.reason as Error).name);
    finished.resolve();
    return "nobody reads this";
  });
  await using t = await testApp(app, { socket: true });
  const socket = connect(Number(new URL(t.url).port), "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await arrived.promise;
  socket.destroy();
  assert.equal(await left.promise, "ClientGone");
  await finished.promise;
  await t.idle();
  const line = t.logs.find(({ message }) => message === "request_completed");
  assert.equal(line?.aborted, true);
  assert.equal(line?.status_code, 499);
  assert.deepEqual(
    t.logs.filter(({ level }) => level === "error"),
    [],
  );
});
