import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { trace } from "@opentelemetry/api";
import { background, batchJob, body, depends, job, kiln, log, path } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { sharedServer } from "../integrations/postgres/server.ts";
import { named, registerSdk, type Seen, treeOf } from "./sdk.ts";

const shared = sharedServer();
const sdk = registerSdk();

async function spansOf(t: TestApp, run: () => Promise<unknown>): Promise<readonly Seen[]> {
  sdk.take();
  await run();
  await t.idle();
  return sdk.take();
}

// Another service, which says what it was asked with.
const received: IncomingHttpHeaders[] = [];
const service = createServer((request, response) => {
  received.push(request.headers);
  if (request.url?.startsWith("/drop") === true) request.socket.destroy();
  else response.writeHead(request.url?.startsWith("/missing") === true ? 404 : 200).end("ok");
});
let origin = "";
before(async () => {
  await once(service.listen(0, "127.0.0.1"), "listening");
  // A server that listens on a port has such an address.
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
after(() => {
  service.closeAllConnections();
  service.close();
});

test("what fetch sends is a span, and the other side is told which one", async () => {
  const app = kiln({ title: "Traced" });
  app.get("/", {}, async () => (await fetch(`${origin}/stock?item=1&token=geheim`)).text());
  await using t = await testApp(app);
  received.length = 0;
  const spans = await spansOf(t, () => t.get("/"));
  assert.deepEqual(treeOf(spans), ["GET /", "  handler", "    GET"]);
  const sent = named(spans, "GET");
  assert.equal(sent.kind, "CLIENT");
  assert.deepEqual(sent.attributes, {
    "http.request.method": "GET",
    "http.response.status_code": 200,
    "server.address": "127.0.0.1",
    "server.port": Number(new URL(origin).port),
    "url.full": `${origin}/stock?item=1&token=***`,
  });
  assert.deepEqual(
    received.map(({ traceparent }) => traceparent),
    [`00-${sent.traceId}-${sent.spanId}-01`],
  );
});

test("a request that was refused or cut off marks its span", async () => {
  const app = kiln({ title: "Traced" });
  app.get("/:what", { needs: { what: path(z.string()) } }, async ({ what }) => {
    await fetch(`${origin}/${what}`).then(
      (answer) => answer.text(),
      () => undefined,
    );
  });
  await using t = await testApp(app);
  const missing = named(await spansOf(t, () => t.get("/missing")), "GET");
  assert.equal(missing.status, "ERROR");
  assert.equal(missing.attributes["error.type"], "404");
  const dropped = named(await spansOf(t, () => t.get("/drop")), "GET");
  assert.equal(dropped.status, "ERROR");
  assert.equal(dropped.attributes["error.type"], "UND_ERR_SOCKET");
});

test("a request that somebody else follows, or with `fetch: false`, is left alone", async () => {
  const own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (const [options, headers, arrives] of [
    [{}, { traceparent: own }, own],
    [{ fetch: false }, {}, undefined],
  ] as const) {
    const app = kiln({ title: "Traced", tracing: options });
    app.get("/", {}, async () => (await fetch(origin, { headers })).text());
    await using t = await testApp(app);
    received.length = 0;
    const spans = await spansOf(t, () => t.get("/"));
    assert.deepEqual(treeOf(spans), ["GET /", "  handler"]);
    assert.deepEqual(
      received.map(({ traceparent }) => traceparent),
      [arrives],
    );
  }
});

test("a background task lies in what added it, with ids of its own on its lines", async () => {
  const app = kiln({ title: "Traced" });
  async function notify(to: string): Promise<void> {
    await (await fetch(`${origin}/${to}`)).text();
    log.info("notified");
    throw new Error("too late");
  }
  app.post("/", { needs: { background } }, ({ background }) => background.add(notify, "ada"));
  await using t = await testApp(app);
  const spans = await spansOf(t, () => t.post("/"));
  assert.deepEqual(treeOf(spans), ["POST /", "  handler", "    task notify", "      GET"]);
  const task = named(spans, "task notify");
  assert.equal(task.status, "ERROR");
  assert.equal(named(spans, "POST /").status, "UNSET");
  assert.equal(t.logs.find("notified")?.trace_id, task.traceId);
  assert.equal(t.logs.find("notified")?.span_id, task.spanId);
});

test("a job is a trace of its own, linked to the request that enqueued it", async () => {
  const db = postgres({ url: shared.url });
  const mailer = depends({}, () => ({ send: (to: string) => trace.getTracer("user").startSpan(to).end() }), {
    name: "mailer",
  });
  const welcome = job(
    "welcome",
    { payload: z.object({ to: z.string() }), needs: { mailer, db: db.connection }, retry: { limit: 1 } },
    async ({ payload, mailer, db, attempt }) => {
      await db.query("select 1");
      if (attempt === 1) throw new RangeError("not yet");
      mailer.send(payload.to);
      log.info("welcomed");
    },
  );
  const app = kiln({ title: "Traced", jobs: [welcome] });
  app.post("/", { needs: { to: body(z.string()), tx: db.transaction, welcome } }, ({ to, tx, welcome }) =>
    welcome({ to }, { tx }),
  );
  await using t = await testApp(app);
  let id: unknown;
  const spans = await spansOf(t, async () => {
    id = (await t.post("/", { json: "ada" })).json();
    await t.idle();
    await t.advance("1h");
  });
  const request = named(spans, "POST /");
  const send = named(spans, "send welcome");
  assert.equal(send.kind, "PRODUCER");
  assert.equal(send.traceId, request.traceId);
  assert.equal(send.attributes["messaging.message.id"], id);
  const runs = spans.filter(({ name }) => name === "process welcome");
  assert.deepEqual(
    runs.map(({ kind, status, links, parentId, attributes }) => ({
      kind,
      status,
      links,
      parentId,
      attempt: attributes["kiln.job.attempt"],
      id: attributes["messaging.message.id"],
    })),
    [
      { kind: "CONSUMER", status: "ERROR", links: [send.spanId], parentId: undefined, attempt: 1, id },
      { kind: "CONSUMER", status: "UNSET", links: [send.spanId], parentId: undefined, attempt: 2, id },
    ],
  );
  const [, second] = runs;
  const own = spans.filter(({ traceId }) => traceId === second?.traceId);
  assert.notEqual(second?.traceId, request.traceId);
  assert.deepEqual(
    treeOf(own).map((line) => line.replace(/(SELECT) .*/, "$1")),
    ["process welcome", "  mailer", "  connection", "  SELECT", "  ada", "  clean up connection"],
  );
  assert.equal(t.logs.find("welcomed")?.trace_id, second?.traceId);
});

test("a run of a batch is linked to every request that enqueued one of its jobs", async () => {
  const db = postgres({ url: shared.url });
  const index = batchJob("index", { payload: z.object({ n: z.int() }), batch: 10 }, () => {});
  const app = kiln({ title: "Traced", jobs: { list: [index], database: db } });
  app.post("/", { needs: { tx: db.transaction, index } }, async ({ tx, index }) => {
    for (const n of [1, 2, 3]) await index({ n }, { tx });
  });
  await using t = await testApp(app);
  const spans = await spansOf(t, () => t.post("/"));
  const run = named(spans, "process index");
  assert.equal(run.attributes["messaging.batch.message_count"], 3);
  assert.deepEqual(
    run.links.toSorted(),
    spans
      .filter(({ name }) => name === "send index")
      .map(({ spanId }) => spanId)
      .toSorted(),
  );
});
