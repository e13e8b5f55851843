// A request of an app without plugins passes most of Fastify by; nobody must be able to tell.
import assert from "node:assert/strict";
import { tracingChannel } from "node:diagnostics_channel";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { type App, bearer, body, depends, httpError, kiln, log, path, rawBody } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";

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
