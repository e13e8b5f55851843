// One timer watches over all idle connections, and they must not notice.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { kiln } from "kilnjs";

const request = "GET /now HTTP/1.1\r\nhost: kiln\r\n\r\n";
const keepAliveTimeout = 2_000;
/** What Node adds, so that a client which uses all of its time does not meet a closed connection. */
const buffer = 1_000;

async function answered(socket: Socket): Promise<void> {
  const [bytes] = await once(socket, "data");
  assert.match(String(bytes), /^HTTP\/1.1 200 OK\r\n/);
}

for (const plugins of [false, true]) {
  test(`connections are closed when they were idle for long enough, and no others${plugins ? ", with plugins" : ""}`, async () => {
    const app = kiln({ title: "idle", keepAliveTimeout, logging: { level: "fatal" } });
    app.get("/now", {}, () => "now");
    const open = Promise.withResolvers<void>();
    app.get("/later", {}, async () => {
      await open.promise;
      return "later";
    });
    if (plugins) app.fastify((instance) => void instance.addHook("onSend", async (_request, _reply, sent) => sent));
    const { port, close } = await app.listen({ port: 0, host: "127.0.0.1", signals: false });
    const [idle, begun, busy] = Array.from({ length: 3 }, () => connect(port, "127.0.0.1")) as [Socket, Socket, Socket];
    for (const socket of [idle, begun, busy]) {
      socket.write(request);
      await answered(socket);
    }
    const since = performance.now();
    busy.write(request.replace("now", "later"));
    const closed = once(idle, "close").then(() => performance.now() - since);
    // In the second half of its time the begin of a head comes, and its rest when it would have been closed.
    await after(keepAliveTimeout);
    begun.write(request.slice(0, 20));
    const lasted = await closed;
    assert.ok(lasted > keepAliveTimeout + buffer - 500, `${lasted}`);
    await after(500);
    begun.write(request.slice(20));
    await answered(begun);
    open.resolve();
    await answered(busy);
    busy.destroy();
    begun.destroy();
    await close();
  });
}

test("idle connections do not hold the process, and are closed at its end", async () => {
  const app = kiln({ title: "idle", logging: { level: "fatal" } });
  app.get("/now", {}, () => "now");
  const { port, close } = await app.listen({ port: 0, host: "127.0.0.1", signals: false });
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  await answered(socket);
  const closed = once(socket, "close");
  await close();
  await closed;
});
