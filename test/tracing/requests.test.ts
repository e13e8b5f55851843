import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { trace } from "@opentelemetry/api";
import { depends, httpError, kiln, log, path, signal } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { named, registerSdk, type Seen, treeOf } from "./sdk.ts";

const sdk = registerSdk();

/** The spans of one request and of what it leads to. */
async function spansOf(t: TestApp, run: () => Promise<unknown>): Promise<readonly Seen[]> {
  sdk.take();
  await run();
  await t.idle();
  return sdk.take();
}

test("a request is a span, with its dependencies, handler and clean-ups in it", async () => {
  const app = kiln({ title: "Traced" });
  const settings = depends({}, () => ({ prefix: "hello " }), { name: "settings" });
  const greeting = depends(
    { settings, slug: path(z.string()) },
    async ({ settings, slug }) => {
      await new Promise(setImmediate);
      return settings.prefix + slug;
    },
    { name: "greeting" },
  );
  const lock = depends(
    {},
    async function* () {
      yield "held";
      await new Promise(setImmediate);
    },
    { name: "lock" },
  );
  const held = depends(
    {},
    function* () {
      yield "held";
    },
    { name: "held" },
  );
  app.get("/articles/:slug", { needs: { greeting, lock, held } }, ({ greeting }) => {
    trace.getTracer("user").startSpan("by hand").end();
    return greeting;
  });
  await using t = await testApp(app);
  const spans = await spansOf(t, () => t.get("/articles/one?x=1&password=geheim"));
  assert.deepEqual(treeOf(spans), [
    "GET /articles/:slug",
    "  settings",
    "  greeting",
    "  lock",
    "  held",
    "  handler",
    "    by hand",
    "  clean up held",
    "  clean up lock",
  ]);
  const request = named(spans, "GET /articles/:slug");
  assert.equal(request.kind, "SERVER");
  assert.equal(request.status, "UNSET");
  const { "server.address": address, "server.port": _port, ...attributes } = request.attributes;
  assert.equal(typeof address, "string");
  assert.deepEqual(attributes, {
    "http.request.method": "GET",
    "http.route": "/articles/:slug",
    "http.response.status_code": 200,
    "network.protocol.version": "1.1",
    "url.path": "/articles/one",
    "url.query": "x=1&password=***",
    "url.scheme": "http",
  });
  const dependency = named(spans, "greeting");
  assert.equal(dependency.kind, "INTERNAL");
  assert.match(String(dependency.attributes["code.file.path"]), /requests\.test\.ts$/);
  assert.ok(Number(dependency.attributes["code.line.number"]) > 0);
});

test("who sends traceparent is the parent of the request, in process and over a socket", async () => {
  const app = kiln({ title: "Traced" });
  app.get("/", {}, () => "hello");
  for (const socket of [false, true]) {
    await using t = await testApp(app, { socket });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const spans = await spansOf(t, () => t.get("/", { headers: { traceparent } }));
    const request = named(spans, "GET /");
    assert.equal(request.traceId, "0af7651916cd43dd8448eb211c80319c");
    assert.equal(request.parentId, "b7ad6b7169203331");
  }
});

test("a trace that its sender does not record is not recorded, and its ids are on the log lines all the same", async () => {
  const app = kiln({ title: "Traced" });
  const one = depends({}, () => 1);
  app.get("/", { needs: { one } }, ({ one }) => {
    log.info("handled");
    return one;
  });
  await using t = await testApp(app);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
  assert.deepEqual(await spansOf(t, () => t.get("/", { headers: { traceparent } })), []);
  assert.equal(t.logs.find("handled")?.trace_id, "0af7651916cd43dd8448eb211c80319c");
});

test("every line of a request carries its ids", async () => {
  const app = kiln({ title: "Traced" });
  app.get("/", {}, () => {
    log.info("handled");
    return "hello";
  });
  await using t = await testApp(app);
  const request = named(await spansOf(t, () => t.get("/")), "GET /");
  for (const message of ["request_received", "handled", "request_completed"]) {
    const line = t.logs.find(message);
    assert.equal(line?.trace_id, request.traceId, message);
    assert.equal(line?.span_id, request.spanId, message);
  }
});

test("in the Elastic Common Schema the ids have its names", async () => {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line));
  const app = kiln({ title: "Traced", logging: { format: "ecs", destination: { write } } });
  app.get("/", {}, () => "hello");
  sdk.take();
  const served = await app.listen({ port: 0, signals: false });
  await (await fetch(served.url)).text();
  await served.close();
  const request = named(sdk.take(), "GET /");
  const line = lines.find(({ message }) => message === "request_received");
  assert.equal(line?.["trace.id"], request.traceId);
  assert.equal(line?.["span.id"], request.spanId);
});

test("an error that is not planned marks every span on its way, and is told once", async () => {
  const app = kiln({ title: "Traced" });
  const broken = depends(
    {},
    (): string => {
      throw new TypeError("no route to https://ada:geheim@example.com/");
    },
    { name: "broken" },
  );
  app.get("/", { needs: { broken } }, ({ broken }) => broken);
  await using t = await testApp(app);
  const spans = await spansOf(t, () => t.get("/"));
  assert.deepEqual(treeOf(spans), ["GET /", "  broken"]);
  const [request, dependency] = [named(spans, "GET /"), named(spans, "broken")];
  for (const span of [request, dependency]) {
    assert.equal(span.status, "ERROR");
    assert.equal(span.attributes["error.type"], "TypeError");
  }
  assert.equal(request.attributes["http.response.status_code"], 500);
  assert.equal(dependency.exceptions.length, 1);
  assert.match(JSON.stringify(dependency.exceptions), /https:..ada:\*\*\*@example/);
  assert.doesNotMatch(JSON.stringify(spans), /geheim/);
  assert.equal(request.exceptions.length, 0);
});

test("an answer that was planned is no failure", async () => {
  const Missing = httpError(404, "article_not_found", "No such article");
  const app = kiln({ title: "Traced" });
  app.get("/articles/:slug", { raises: [Missing] }, () => {
    throw new Missing();
  });
  await using t = await testApp(app);
  const spans = await spansOf(t, () => t.get("/articles/none"));
  for (const { status, attributes, exceptions } of spans) {
    assert.equal(status, "UNSET");
    assert.equal(attributes["error.type"], "article_not_found");
    assert.deepEqual(exceptions, []);
  }
  assert.equal(named(spans, "GET /articles/:slug").attributes["http.response.status_code"], 404);
  const unknown = named(await spansOf(t, () => t.get("/nowhere")), "GET");
  assert.equal(unknown.attributes["http.response.status_code"], 404);
});

test("a clean-up that passes the failure on has not failed, one that fails itself has", async () => {
  const app = kiln({ title: "Traced" });
  const outer = depends(
    {},
    async function* () {
      yield "outer";
      throw new Error("cannot give back");
    },
    { name: "outer" },
  );
  const inner = depends(
    { outer },
    async function* () {
      yield "inner";
    },
    { name: "inner" },
  );
  app.get("/ok", { needs: { inner } }, () => "ok");
  app.get("/fails", { needs: { inner } }, () => {
    throw new Error("handler");
  });
  await using t = await testApp(app);
  const ok = await spansOf(t, () => t.get("/ok"));
  assert.equal(named(ok, "clean up inner").status, "UNSET");
  assert.equal(named(ok, "clean up outer").status, "ERROR");
  assert.equal(named(ok, "GET /ok").status, "ERROR");
  const fails = await spansOf(t, () => t.get("/fails"));
  assert.equal(named(fails, "clean up inner").status, "UNSET");
  assert.equal(named(fails, "handler").status, "ERROR");
});

test("a clean-up after the response is in the trace too", async () => {
  const app = kiln({ title: "Traced" });
  const file = depends(
    {},
    async function* () {
      yield "open";
      trace.getTracer("user").startSpan("closing").end();
    },
    { name: "file", until: "sent" },
  );
  app.get("/", { needs: { file } }, ({ file }) => file);
  await using t = await testApp(app);
  assert.deepEqual(treeOf(await spansOf(t, () => t.get("/"))), [
    "GET /",
    "  file",
    "  handler",
    "  clean up file",
    "    closing",
  ]);
});

test("a deadline that passes ends the span of the request, and its clean-ups still lie in it", async () => {
  const app = kiln({ title: "Traced" });
  const held = depends(
    {},
    async function* () {
      try {
        yield "held";
      } finally {
        await new Promise(setImmediate);
      }
    },
    { name: "held" },
  );
  const { promise: go, resolve } = Promise.withResolvers<void>();
  app.get("/", { needs: { held }, timeout: 20 }, async () => {
    await go;
    return "late";
  });
  await using t = await testApp(app);
  const spans = await spansOf(t, async () => {
    assert.equal((await t.get("/")).status, 503);
    resolve();
  });
  assert.deepEqual(treeOf(spans), ["GET /", "  held", "  handler", "  clean up held"]);
  assert.equal(named(spans, "GET /").attributes["error.type"], "deadline_exceeded");
});

test("a client that leaves is no failure of the service", async () => {
  const app = kiln({ title: "Traced" });
  const arrived = Promise.withResolvers<void>();
  app.get("/", { needs: { signal } }, async ({ signal }) => {
    arrived.resolve();
    await once(signal, "abort");
  });
  await using t = await testApp(app, { socket: true });
  const spans = await spansOf(t, async () => {
    const leaving = new AbortController();
    const asked = fetch(t.url, { signal: leaving.signal });
    await arrived.promise;
    leaving.abort();
    await assert.rejects(asked, { name: "AbortError" });
  });
  const request = named(spans, "GET /");
  assert.equal(request.status, "UNSET");
  assert.equal(request.attributes["error.type"], "client_gone");
  assert.equal(request.attributes["http.response.status_code"], undefined);
});

test("probes make no spans, and `tracing: false` makes none at all", async () => {
  const app = kiln({ title: "Traced" });
  await using t = await testApp(app);
  assert.deepEqual(await spansOf(t, () => t.get("/health/live")), []);
  const off = kiln({ title: "Off", tracing: false });
  off.get("/", {}, () => "hello");
  await using o = await testApp(off);
  assert.deepEqual(await spansOf(o, () => o.get("/")), []);
  assert.equal(o.logs.find("request_received")?.trace_id, undefined);
});

test("a span of somebody else's instrumentation of the server is the one that the request lies in", async () => {
  const app = kiln({ title: "Traced" });
  app.get("/", {}, () => "hello");
  await using t = await testApp(app);
  const spans = await spansOf(t, () =>
    trace.getTracer("node:http").startActiveSpan("outside", async (span) => {
      await t.get("/");
      span.end();
    }),
  );
  assert.deepEqual(treeOf(spans), ["outside", "  GET /", "    handler"]);
  assert.equal(named(spans, "GET /").kind, "INTERNAL");
});
