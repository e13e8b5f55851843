// A request of an app without plugins passes most of Fastify by; nobody must be able to tell.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { request, Server } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { type FastifyInstance, fastify } from "fastify";
import { type App, bearer, body, depends, httpError, kiln, log, path, rawBody } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { isHooked } from "../../src/http/straight.ts";

const Stranger = httpError(403, "stranger", "Nobody knows you");
const token = bearer();
const user = depends({ token }, async ({ token }) => {
  await after(1);
  if (token !== "ada") throw new Stranger();
  log.info("known");
  return token;
});
const Order = z.object({ sku: z.string(), quantity: z.int() });

function makeApp(): App {
  const app = kiln({ title: "straight" });
  app.get("/open/:id", { needs: { id: path(z.int()), log } }, ({ id, log }) => {
    log.info("handled");
    return { id };
  });
  app.get("/secured", { needs: { user } }, ({ user }) => {
    log.info("handled");
    return user;
  });
  app.get("/token", { needs: { token } }, ({ token }) => token);
  app.get("/broken", {}, () => {
    throw new Error("broken");
  });
  app.get("/refused", { returns: z.object({ n: z.int() }) }, () => ({ n: 1.5 }));
  for (const method of ["post", "put", "patch"] as const) {
    app[method]("/orders", { needs: { order: body(Order), log }, bodyLimit: 200 }, async ({ order, log }) => {
      log.info("handled");
      await after(1);
      log.info("handled later");
      return order;
    });
  }
  app.post("/secured", { needs: { user, order: body(Order) }, bodyLimit: 200 }, ({ order }) => {
    log.info("handled");
    return order;
  });
  app.post("/token", { needs: { token, bytes: rawBody() } }, ({ token, bytes }) => `${token} ${bytes.length}`);
  app.post("/nothing", {}, () => undefined);
  app.delete("/nothing", {}, () => undefined);
  return app;
}

const json = { "content-type": "application/json" };
const ada = { authorization: "Bearer ada" };
const bob = { authorization: "Bearer bob" };
const order = '{"sku":"a","quantity":1}';
const long = JSON.stringify({ sku: "a".repeat(300), quantity: 1 });

type Asked = readonly [method: string, path: string, headers?: Record<string, string>, body?: string];
const asked: readonly Asked[] = [
  ["GET", "/open/1"],
  ["HEAD", "/open/1"],
  ["GET", "/open/one"],
  ["GET", "/open/1?a=%zz"],
  ["GET", "/open/1", json],
  ["GET", "/secured"],
  ["GET", "/secured", bob],
  ["GET", "/secured", ada],
  ["GET", "/token"],
  ["GET", "/token", ada],
  ["GET", "/broken"],
  ["GET", "/refused"],
  ["POST", "/orders", json, order],
  ["PUT", "/orders", json, order],
  ["PATCH", "/orders", json, order],
  ["POST", "/orders", { "content-type": "application/json; charset=utf-8" }, order],
  ["POST", "/orders", { "content-type": "application/json;charset=UTF-8" }, order],
  ["POST", "/orders", { "content-type": "application/vnd.order+json" }, order],
  ["POST", "/orders", { "content-type": "text/plain" }, order],
  ["POST", "/orders", { "content-type": "no type" }, order],
  ["POST", "/orders", json, "{"],
  ["POST", "/orders", json, '{"sku":"a","sku":"b","quantity":1}'],
  ["POST", "/orders", json, "{}"],
  ["POST", "/orders", json, ""],
  ["POST", "/orders", json],
  ["POST", "/orders"],
  ["POST", "/orders", json, long],
  ["POST", "/secured", json, order],
  ["POST", "/secured", json, long],
  ["POST", "/secured", { ...json, ...bob }, long],
  ["POST", "/secured", { ...json, ...ada }, long],
  ["POST", "/secured", { ...json, ...ada }, order],
  ["POST", "/token", json, order],
  ["POST", "/token", { ...json, ...ada }, order],
  ["POST", "/nothing", json, order],
  ["POST", "/nothing"],
  ["DELETE", "/nothing", json, order],
];

async function told(t: TestApp): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const [index, [method, path, headers = {}, body]] of asked.entries()) {
    const id = `request-${index}`;
    const options = { headers: { ...headers, "x-request-id": id }, ...(body === undefined ? {} : { body }) };
    const answer = await t.request(method, path, options);
    await t.idle();
    answers.push({
      asked: [method, path, headers, body],
      status: answer.status,
      headers: [...answer.headers].filter(([name]) => name !== "date").sort(),
      text: answer.text(),
      lines: t.logs.filter({ request_id: id }).map(({ level, message }) => [level, message]),
    });
  }
  return answers;
}

function watched(app: App): App {
  return app.fastify((instance) => void instance.addHook("preHandler", async () => undefined));
}

for (const socket of [false, true]) {
  test(`requests are answered and logged alike with and without plugins (${socket ? "socket" : "in process"})`, async () => {
    await using straight = await testApp(makeApp(), { socket });
    await using beside = await testApp(watched(makeApp()), { socket });
    assert.deepEqual(await told(straight), await told(beside));
  });
}

/** Writes part of a body, and then what is given, which breaks it; returns what comes back. */
function broken(port: number, head: string, rest: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  const socket = connect(port, "127.0.0.1", () => {
    socket.write(`POST /orders HTTP/1.1\r\nhost: kiln\r\n${head}\r\ncontent-type: application/json\r\n\r\n`);
    socket.write(rest);
  });
  socket.on("data", (bytes) => (text += bytes.toString("latin1")));
  socket.on("close", () => resolve(text.replace(/date: .*\r\n|x-request-id: .*\r\n|"request_id":"[^"]*"/gi, "")));
  return promise;
}

test("a body that grows beyond its limit is refused alike, and the connection ended", async () => {
  const chunk = `${(150).toString(16)}\r\n${"a".repeat(150)}\r\n`;
  const answers: string[] = [];
  for (const app of [makeApp(), watched(makeApp())]) {
    await using t = await testApp(app, { socket: true });
    answers.push(await broken(Number(new URL(t.url).port), "transfer-encoding: chunked", chunk + chunk));
  }
  const [straight = "", beside] = answers;
  assert.match(straight, /^HTTP\/1.1 413 .*\r\n/);
  assert.match(straight, /connection: close/i);
  assert.equal(straight, beside);
});

test("who listens to the handlers of Fastify hears of each", async () => {
  const heard: unknown[] = [];
  const listener = { start: ({ route }: { route: { url: string } }) => heard.push(route.url) };
  // Whoever subscribes may leave kinds of events out; only the type asks for all.
  type Subscribers = Parameters<ReturnType<typeof tracingChannel>["subscribe"]>[0];
  const subscribers = listener as unknown as Subscribers;
  const channel = tracingChannel("fastify.request.handler");
  await using t = await testApp(makeApp());
  await t.get("/open/1");
  channel.subscribe(subscribers);
  try {
    await t.get("/open/2");
    await t.post("/orders", { json: { sku: "a", quantity: 1 } });
  } finally {
    channel.unsubscribe(subscribers);
  }
  assert.deepEqual(heard, ["/open/:id", "/orders"]);
});

test("what others keep in the async context of a request is there in its handler, however late the body comes", async () => {
  const outer = new AsyncLocalStorage<string>();
  const inner = new AsyncLocalStorage<string>();
  const guard = depends({ token }, ({ token }) => inner.enterWith(token));
  const app = kiln({ title: "kept" });
  const kept = (): (string | null)[] => [outer.getStore() ?? null, inner.getStore() ?? null];
  app.post("/open", { needs: { n: body(z.int()) } }, kept);
  app.post("/guarded", { needs: { guard, n: body(z.int()) } }, kept);
  // As a tool does that follows requests.
  const { emit } = Server.prototype;
  const wrapped = function (this: Server, ...all: Parameters<typeof emit>): boolean {
    return String(all[0]) === "request"
      ? outer.run("from outside", () => emit.apply(this, all))
      : emit.apply(this, all);
  };
  // It takes and gives what the original does, whose overloads cannot be written as one.
  Server.prototype.emit = wrapped as typeof emit;
  try {
    await using t = await testApp(app, { socket: true });
    for (const [path, expected] of [
      ["/open", ["from outside", null]],
      ["/guarded", ["from outside", "ada"]],
    ] as const) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const headers = { ...json, ...ada, "content-length": "1" };
      const client = request(`${t.url}${path}`, { method: "POST", headers }, (answer) => {
        answer.setEncoding("utf8").on("data", resolve);
      });
      client.on("error", reject).flushHeaders();
      // The head has come when its line is there.
      while (t.logs.filter({ message: "request_received", path }).length === 0) await after(1);
      client.end("1");
      assert.deepEqual(JSON.parse(await promise), expected);
    }
  } finally {
    Server.prototype.emit = emit;
  }
});

test("an instance of Fastify that nobody has hooked into is told from others", async () => {
  const own = async (): Promise<void> => undefined;
  const plain = fastify().addHook("onRequest", own);
  const other = async (): Promise<void> => undefined;
  const hooked = fastify().addHook("onRequest", other).addHook("preHandler", own);
  await Promise.all([plain.ready(), hooked.ready()]);
  assert.equal(isHooked(plain, own), false);
  assert.equal(isHooked(plain, undefined), true);
  assert.equal(isHooked(hooked, other), true);
});

test("who hooks into Fastify when it is made has its hooks asked", async () => {
  const seen: string[] = [];
  const hook = (message: unknown): void => {
    // What Fastify says when an instance is made.
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook("preHandler", async ({ method, url }) => void seen.push(`${method} ${url}`));
  };
  subscribe("fastify.initialization", hook);
  const watched = testApp(makeApp());
  try {
    await using t = await watched;
    await t.get("/open/1");
    await t.post("/orders", { json: { sku: "a", quantity: 1 } });
  } finally {
    unsubscribe("fastify.initialization", hook);
  }
  assert.deepEqual(seen, ["GET /open/1", "POST /orders"]);
});
