import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { type App, body, cookie, KilnError, kiln, path, query, rawBody, reply, request, signal } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

const left = new EventEmitter();

function echo(): App {
  const app = kiln({ title: "Echo" });
  const seen = { needs: { request } } as const;
  for (const method of ["get", "put", "patch", "delete"] as const) {
    app[method]("/method", seen, ({ request }) => ({ method: request.method }));
  }
  app.get("/request", seen, ({ request: { url, headers } }) => ({ url, headers: { ...headers } }));
  app.post("/item", { needs: { item: body(z.object({ name: z.string() })) }, status: 201 }, ({ item }) => item);
  app.post("/bytes", { needs: { bytes: rawBody(), reply, request } }, ({ bytes, reply, request }) => {
    reply.header("x-type", String(request.headers["content-type"]));
    return reply.text(Buffer.from(bytes).toString("hex"));
  });
  app.get("/search", { needs: { tag: query(z.array(z.string())), page: query(z.int().default(1)) } }, (found) => found);
  app.get("/posts/:id", { needs: { id: path(z.string()) } }, ({ id }) => ({ id }));
  app.get("/nothing", {}, () => undefined);
  app.get("/many", { needs: { reply } }, ({ reply }) => {
    reply.cookie("a", "1").cookie("b", "2");
    return reply.html("<p>é</p>");
  });
  app.get("/cookies", { needs: { a: cookie(z.string().optional()) } }, ({ a }) => ({ a: a ?? null }));
  return app;
}

bothWays("every method reaches the app", echo, async (t) => {
  assert.deepEqual((await t.get("/method")).json(), { method: "GET" });
  assert.deepEqual((await t.put("/method")).json(), { method: "PUT" });
  assert.deepEqual((await t.patch("/method")).json(), { method: "PATCH" });
  assert.deepEqual((await t.delete("/method")).json(), { method: "DELETE" });
  assert.deepEqual((await t.request("get", "/method")).json(), { method: "GET" });
  assert.equal((await t.head("/method")).text(), "");
  assert.match((await t.options("/method")).headers.get("allow") ?? "", /PATCH/);
  assert.equal((await t.request("PURGE", "/method")).status, 405);
});

bothWays("json sends and reads JSON", echo, async (t) => {
  const made = await t.post("/item", { json: { name: "x" } });
  assert.equal(made.status, 201);
  assert.match(made.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(made.json(), { name: "x" });
  assert.equal(made.text(), '{"name":"x"}');
  assert.equal(Buffer.from(made.bytes).toString(), made.text());
  const { name } = made.json<{ name: string }>();
  assert.equal(name, "x");
});

bothWays("a body goes out as it is, with the type that the test names", echo, async (t) => {
  const bytes = await t.post("/bytes", { body: new Uint8Array([0, 255]), headers: { "content-type": "image/png" } });
  assert.deepEqual([bytes.text(), bytes.headers.get("x-type")], ["00ff", "image/png"]);
  const form = await t.post("/bytes", { body: new URLSearchParams({ a: "1" }) });
  assert.equal(form.text(), Buffer.from("a=1").toString("hex"));
  assert.match(form.headers.get("x-type") ?? "", /^application\/x-www-form-urlencoded/);
  const typed = await t.post("/bytes", { json: 1, headers: { "Content-Type": "application/vnd.api+json" } });
  assert.equal(typed.headers.get("x-type"), "application/vnd.api+json");
});

bothWays("query takes values and lists, beside what the path has", echo, async (t) => {
  const answer = await t.get("/search?tag=a", { query: { tag: ["b c", "&"], page: 2, no: undefined } });
  assert.deepEqual(answer.json(), { tag: ["a", "b c", "&"], page: 2 });
  const params = await t.get("/search", { query: new URLSearchParams("tag=x") });
  assert.deepEqual(params.json(), { tag: ["x"], page: 1 });
  const day = await t.get("/search", { query: { tag: new Date(0) } });
  assert.deepEqual(day.json(), { tag: ["1970-01-01T00:00:00.000Z"], page: 1 });
});

bothWays("headers arrive; undefined ones are left out", echo, async (t) => {
  const answer = await t.get("/request", { headers: { "X-One": "1", "x-two": ["a", "b"], "x-none": undefined } });
  const { headers } = answer.json<{ headers: Record<string, string> }>();
  assert.deepEqual([headers["x-one"], headers["x-two"], headers["x-none"]], ["1", "a, b", undefined]);
});

bothWays("an answer of several cookies, another type, no body", echo, async (t) => {
  const many = await t.get("/many");
  assert.equal(many.headers.getSetCookie().length, 2);
  assert.equal(many.text(), "<p>é</p>");
  const nothing = await t.get("/nothing");
  assert.deepEqual([nothing.status, nothing.bytes.byteLength], [204, 0]);
  assert.throws(
    () => nothing.json(),
    (error) => {
      assert.ok(error instanceof KilnError);
      assert.equal(error.code, "KILN_TEST_NOT_JSON");
      assert.match(error.message, /GET \/nothing.*empty body \(status 204\)/);
      return true;
    },
  );
  assert.throws(() => many.json(), { code: "KILN_TEST_NOT_JSON" });
});

bothWays("a path with encoded and malformed parts", echo, async (t) => {
  assert.deepEqual((await t.get("/posts/a%2Fb%20c")).json(), { id: "a/b c" });
  assert.equal((await t.get("/posts/%zz")).status, 400);
  assert.equal((await t.get("/posts/1?q=%zz")).status, 400);
});

bothWays("cookies are kept; those of one request go beside them and win", echo, async (t) => {
  assert.deepEqual((await t.get("/cookies")).json(), { a: null });
  await t.get("/many");
  assert.deepEqual(t.cookies.all(), { a: "1", b: "2" });
  assert.deepEqual((await t.get("/cookies")).json(), { a: "1" });
  assert.deepEqual((await t.get("/cookies", { cookies: { a: "once" } })).json(), { a: "once" });
  assert.deepEqual((await t.get("/cookies")).json(), { a: "1" });
  t.cookies.delete("a");
  assert.deepEqual((await t.get("/cookies")).json(), { a: null });
  t.cookies.set("a", "ä ;,");
  assert.deepEqual((await t.get("/cookies")).json(), { a: "ä ;," });
});

bothWays(
  "a signal lets the client leave: the app sees it and the call rejects",
  () => {
    const app = kiln({ title: "Slow" });
    app.get("/slow", { needs: { signal } }, async ({ signal }) => {
      left.emit("arrived");
      await once(signal, "abort");
      left.emit("gone", signal.reason);
    });
    return app;
  },
  async (t) => {
    const client = new AbortController();
    const [arrived, gone] = [once(left, "arrived"), once(left, "gone")];
    const call = t.get("/slow", { signal: client.signal });
    await arrived;
    client.abort();
    await assert.rejects(call);
    assert.equal((await gone)[0].name, "ClientGone");
  },
);

test("url is that of the socket, and an error without one", async () => {
  await using socket = await testApp(echo(), { socket: true });
  assert.match(socket.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal((await fetch(`${socket.url}/method`)).status, 200);
  await using process = await testApp(echo());
  assert.throws(() => process.url, { code: "KILN_TEST_NO_SOCKET" });
});

test("connections are kept alive between requests and let go at the end", async () => {
  const app = kiln({ title: "Ports" });
  app.get("/port", { needs: { request } }, ({ request }) => request.raw.socket.remotePort ?? 0);
  const t = await testApp(app, { socket: true });
  const ports = [(await t.get("/port")).json(), (await t.get("/port")).json()];
  assert.equal(ports[0], ports[1]);
  await t.close();
  await assert.rejects(t.get("/port"));
});
