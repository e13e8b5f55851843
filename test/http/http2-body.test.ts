// Bodies over HTTP/2, whose requests share a connection and the memory that it is read into.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { test } from "node:test";
import { connect as secure } from "node:tls";
import { kiln, move, rawBody } from "kilnjs";
import { invert } from "../threads/pool/programs/values.ts";

function pem(name: string): string {
  return readFileSync(new URL(`../server/tls/${name}.pem`, import.meta.url), "utf8");
}

const secured = { logging: { level: "silent" }, http2: true, tls: { cert: pem("cert"), key: pem("key") } } as const;

async function post(session: ClientHttp2Session, path: string, body: string): Promise<string> {
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "text/plain" });
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  stream.end(body);
  await once(stream, "end");
  return text;
}

test("the bytes of a body are no other request's, and may move", async () => {
  const app = kiln({ title: "h2", ...secured });
  const bothCame = Promise.withResolvers<void>();
  const moved = Promise.withResolvers<void>();
  // Large enough to be out of the memory that small buffers of Node's share, from which nothing moves.
  const size = 6_000;
  app.post("/move", { needs: { bytes: rawBody() } }, async ({ bytes }) => {
    await bothCame.promise;
    const { length } = await invert(move(bytes));
    moved.resolve();
    return length;
  });
  app.post("/keep", { needs: { bytes: rawBody() } }, async ({ bytes }) => {
    bothCame.resolve();
    await moved.promise;
    return Buffer.from(bytes).toString("latin1").length;
  });
  const server = await app.listen({ port: 0, host: "127.0.0.1" });
  const session = connect(`https://localhost:${server.port}`, { ca: pem("cert") });
  const lengths = await Promise.all([
    post(session, "/move", "a".repeat(size)),
    post(session, "/keep", "b".repeat(size)),
  ]);
  session.close();
  await server.close();
  assert.deepEqual(lengths, [`${size}`, `${size}`]);
});

test("a client of HTTP/1.1 is told how long its connection is kept, which is what the app says", async () => {
  const app = kiln({ title: "h1", ...secured, keepAliveTimeout: 31_000 });
  app.get("/", {}, () => "ok");
  const server = await app.listen({ port: 0, host: "127.0.0.1", signals: false });
  const socket = secure({ port: server.port, host: "127.0.0.1", ca: pem("cert"), servername: "localhost" });
  socket.write("GET / HTTP/1.1\r\nhost: kiln\r\n\r\n");
  const [bytes] = await once(socket, "data");
  assert.match(String(bytes), /\r\nKeep-Alive: timeout=31\r\n/);
  socket.destroy();
  await server.close();
});
