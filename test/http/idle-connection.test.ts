// What an idle connection keeps of the request that it had last.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { Server } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { mock, test } from "node:test";
import { setTimeout as after, setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type App, body, depends, httpError, kiln, reply } from "kilnjs";
import { z } from "zod";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const Teapot = httpError(418, "teapot", "No coffee here");

function makeApp(seen: WeakRef<object>[]): App {
  const user = depends({}, () => {
    const value = { name: "ada", padding: new Array(10_000).fill(0) };
    seen.push(new WeakRef(value));
    return value;
  });
  const app = kiln({ title: "Idle", logging: { destination: { write: () => {} }, level: "fatal" } });
  app.get("/value", { needs: { user } }, ({ user }) => ({ name: user.name }));
  app.get("/later", { needs: { user } }, async ({ user }) => {
    await turn();
    return { name: user.name };
  });
  app.post("/body", { needs: { n: body(z.int()), user } }, ({ n, user }) => ({ name: user.name, n }));
  app.get("/refused", { needs: { user }, raises: [Teapot] }, ({ user }) => {
    throw new Teapot(`not for ${user.name}`);
  });
  app.get("/broken", { needs: { user } }, ({ user }) => {
    throw new Error(`broken for ${user.name}`);
  });
  app.get("/text", { needs: { user, reply } }, ({ user, reply }) => reply.text(user.name));
  app.get("/stream", { needs: { user, reply } }, ({ user, reply }) => {
    return reply.stream(
      Readable.from(
        (async function* () {
          yield user.name;
          await turn();
          yield user.name;
        })(),
      ),
    );
  });
  return app;
}

const asked = {
  "/value": "GET",
  "/later": "GET",
  "/body": "POST",
  "/refused": "GET",
  "/broken": "GET",
  "/text": "GET",
  "/stream": "GET",
};

/** Resolves when an answer is complete. */
function answered(socket: ReturnType<typeof connect>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    const sent = rest.join("\r\n\r\n");
    if (length === undefined ? sent.endsWith("0") || text.endsWith("0\r\n\r\n") : sent.length >= Number(length))
      resolve(text);
  });
  return promise;
}

for (const plugins of [false, true]) {
  test(`an idle connection does not keep the values of its last request${plugins ? ", in an app with plugins" : ""}`, {
    timeout: 30_000,
  }, async () => {
    const seen: WeakRef<object>[] = [];
    const app = makeApp(seen);
    if (plugins)
      app.fastify((instance) => void instance.addHook("onSend", async (_request, _reply, payload) => payload));
    const { port, close } = await app.listen({ port: 0, host: "127.0.0.1", signals: false });
    const sockets = Object.entries(asked).map(([path, method]) => {
      const socket = connect(port, "127.0.0.1");
      const content = method === "POST" ? "content-type: application/json\r\ncontent-length: 1\r\n\r\n7" : "\r\n";
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: kiln\r\n${content}`);
      return socket;
    });
    await Promise.all(sockets.map(answered));
    assert.equal(seen.length, sockets.length);
    // Node keeps the text of the date for a second, and with it the request that asked for it first.
    while (seen.some((ref) => ref.deref() !== undefined)) {
      await after(50);
      collect();
    }
    for (const socket of sockets) {
      assert.equal(socket.destroyed, false);
      socket.destroy();
    }
    await close();
  });
}

test("Node's request is not kept either where its body ends after the answer", { timeout: 30_000 }, async () => {
  const seen: WeakRef<object>[] = [];
  const app = kiln({ title: "late", timeout: 50, logging: { level: "fatal" } });
  app.post("/body", { needs: { n: body(z.int()) } }, ({ n }) => n);
  const { port, close } = await app.listen({ port: 0, host: "127.0.0.1", signals: false });
  const emit = mock.method(Server.prototype, "emit", function (this: Server, ...all: Parameters<Server["emit"]>) {
    if (String(all[0]) === "request") seen.push(new WeakRef(all[1] as object));
    return EventEmitter.prototype.emit.apply(this, all);
  });
  try {
    const socket = connect(port, "127.0.0.1");
    const head = "content-type: application/json\r\ncontent-length: 2";
    socket.write(`POST /body HTTP/1.1\r\nhost: kiln\r\n${head}\r\n\r\n1`);
    assert.match(await answered(socket), /^HTTP\/1.1 503 /);
    socket.write("2");
    assert.equal(seen.length, 1);
    // What was called is kept by the mock with what it was called with.
    emit.mock.resetCalls();
    while (seen.some((ref) => ref.deref() !== undefined)) {
      await after(50);
      collect();
    }
    assert.equal(socket.destroyed, false);
    socket.destroy();
  } finally {
    emit.mock.restore();
  }
  await close();
});
