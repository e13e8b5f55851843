import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";
import { bearer, body, header, type KilnError, kiln, type LoadOptions, Overloaded, reply } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

const off: LoadOptions = { inFlight: 0, loopDelay: 0, heapUsed: 0 };
// Every process uses more than this part of its heap.
const full: LoadOptions = { ...off, heapUsed: 1e-9 };

interface Gate {
  readonly open: () => void;
  readonly held: Promise<void>;
}

function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, held: promise };
}

/** Resolves when as many requests have come into the handler as are asked for. */
function counter(wanted: number): { readonly add: () => void; readonly reached: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  return {
    add: () => {
      count += 1;
      if (count === wanted) resolve();
    },
    reached: promise,
  };
}

/** Calls until the app refuses: the load is sampled, so it takes two samples. */
async function untilRefused(t: TestApp, path: string): Promise<Awaited<ReturnType<TestApp["get"]>>> {
  for (;;) {
    const answer = await t.get(path);
    if (answer.status === 503) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

bothWays(
  "beyond the limit in flight, a request is refused with a problem and Retry-After, and accepted again afterwards",
  () => {
    state.gate = gate();
    state.arrived = counter(2);
    const app = kiln({ title: "load", load: { ...off, inFlight: 2, retryAfter: 7 } });
    app.get("/wait", {}, async () => {
      state.arrived.add();
      await state.gate.held;
      return "done";
    });
    return app;
  },
  async (t) => {
    const waiting = [t.get("/wait"), t.get("/wait")];
    await state.arrived.reached;
    const refused = await t.get("/wait");
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), "7");
    const { type, detail, instance } = refused.json<{ type: string; detail: string; instance: string }>();
    assert.deepEqual(
      { type, detail, instance },
      { type: "urn:problem-type:overloaded", detail: "Too many requests are in work", instance: "/wait" },
    );
    state.gate.open();
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await t.get("/wait")).status, 200);
  },
);

const state = { gate: gate(), arrived: counter(1) };

test("a burst over sockets: as many as the limit are served, the others are refused at once", async () => {
  const limit = 5;
  const clients = 40;
  const door = gate();
  const app = kiln({ title: "burst", load: { ...off, inFlight: limit } });
  app.get("/", {}, async () => {
    await door.held;
    return "done";
  });
  await using t = await testApp(app, { socket: true });
  const agent = new Agent({ maxSockets: clients });
  const refused = counter(clients - limit);
  const calls = Array.from(
    { length: clients },
    () =>
      new Promise<number>((resolve, reject) => {
        request(t.url, { agent }, (answer) => {
          answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
          if (answer.statusCode === 503) refused.add();
        })
          .once("error", reject)
          .end();
      }),
  );
  // Nobody is let out before: the refused do not wait for those in work.
  await refused.reached;
  door.open();
  const statuses = await Promise.all(calls);
  agent.destroy();
  assert.equal(statuses.filter((status) => status === 200).length, limit);
  assert.equal(statuses.filter((status) => status === 503).length, clients - limit);
  assert.equal(t.logs.filter({ message: "request_completed", status_code: 503 }).length, clients - limit);
});

test("refusals are logged together, once a second, and not as failures", async () => {
  const door = gate();
  const arrived = counter(1);
  const app = kiln({ title: "log", load: { ...off, inFlight: 1 } });
  app.get("/", {}, async () => {
    arrived.add();
    await door.held;
    return "done";
  });
  const t = await testApp(app);
  const first = t.get("/");
  await arrived.reached;
  for (let i = 0; i < 5; i++) assert.equal((await t.get("/")).status, 503);
  const [line, ...more] = t.logs.filter("request_shed");
  assert.deepEqual(more, []);
  assert.deepEqual([line?.level, line?.reason, line?.count, line?.in_flight], ["warn", "in_flight", 1, 2]);
  assert.equal(t.logs.find("request_failed"), undefined);
  door.open();
  await first;
  await t.close();
  assert.deepEqual(
    t.logs.filter("request_shed").map(({ count }) => count),
    [1, 4],
  );
});

test("a refusal comes before security and before the body; a route may be exempt", async () => {
  const touched: string[] = [];
  const seen = header(z.string().refine(() => touched.push("header")));
  const app = kiln({ title: "order", load: full });
  app.post("/notes", { needs: { token: bearer(), seen, text: body(z.string()) } }, () => {
    touched.push("handler");
  });
  app.get("/notes", {}, () => []);
  app.get("/exempt", { shed: false }, () => "well");
  await using t = await testApp(app, { socket: true });
  const { detail } = (await untilRefused(t, "/notes")).json<{ detail: string }>();
  assert.equal(detail, "The server is short of memory");
  // The body never comes: an answer shows that nobody waits for it.
  const headers = { "content-type": "application/json", "content-length": "100" };
  const status = await new Promise((resolve, reject) => {
    const sent = request(`${t.url}/notes`, { method: "POST", headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
      sent.destroy();
    }).once("error", reject);
    sent.flushHeaders();
  });
  assert.equal(status, 503);
  assert.deepEqual(touched, []);
  assert.equal((await t.get("/exempt")).status, 200);
  assert.equal((await t.get("/health/live")).status, 200);
  assert.equal((await t.get("/health/ready")).status, 200);
  assert.equal((await t.request("OPTIONS", "/notes")).status, 204);
  assert.equal((await t.get("/nowhere")).status, 404);
});

test("plugins have added their headers to a refusal, and their routes are refused as well unless they say otherwise", async () => {
  const door = gate();
  const arrived = counter(1);
  const app = kiln({ title: "plugins", load: { ...off, inFlight: 1 } });
  app.fastify((instance) => {
    instance.addHook("onRequest", async (_request, reply) => void reply.header("access-control-allow-origin", "*"));
    instance.get("/plugin", async () => "plain");
    instance.get("/exempt", { config: { shed: false } }, async () => "plain");
  });
  app.get("/own", {}, async () => {
    arrived.add();
    await door.held;
  });
  await using t = await testApp(app);
  const first = t.get("/own");
  await arrived.reached;
  assert.equal((await t.get("/own")).headers.get("access-control-allow-origin"), "*");
  assert.equal((await t.get("/plugin")).status, 503);
  assert.equal((await t.get("/exempt")).status, 200);
  door.open();
  await first;
});

test("an app may answer a refusal in its own format", async () => {
  const door = gate();
  const arrived = counter(1);
  const app = kiln({ title: "format", load: { ...off, inFlight: 1 } });
  app.onError(Overloaded, ({ code }) => ({ body: { sorry: code } }));
  app.get("/", {}, async () => {
    arrived.add();
    await door.held;
  });
  await using t = await testApp(app);
  const first = t.get("/");
  await arrived.reached;
  const refused = await t.get("/");
  assert.deepEqual(refused.json(), { sorry: "overloaded" });
  assert.equal(refused.headers.get("retry-after"), "5");
  door.open();
  await first;
});

test("late turns of the loop refuse requests until the loop is at ease again", async () => {
  const app = kiln({ title: "late", load: { ...off, loopDelay: 200 } });
  app.get("/", {}, () => "ok");
  await using t = await testApp(app, { socket: true });
  let busy = false;
  const burn = (milliseconds: number): void => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    if (busy) setImmediate(burn, milliseconds);
  };
  // One long turn, over two samples, is no overload.
  burn(1_100);
  assert.equal((await t.get("/")).status, 200);
  busy = true;
  burn(300);
  const refused = await untilRefused(t, "/");
  busy = false;
  assert.equal(refused.json<{ detail: string }>().detail, "The server is behind with its work");
  assert.ok(Number(t.logs.find("request_shed")?.loop_delay_ms) > 200);
  while ((await t.get("/")).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
});

test("what is answered but still being read is not in flight", async () => {
  const app = kiln({ title: "streams", load: { ...off, inFlight: 1 } });
  const ended = gate();
  app.get("/stream", { needs: { reply } }, ({ reply }) =>
    reply.stream(
      Readable.from(
        (async function* () {
          yield "first";
          await ended.held;
        })(),
      ),
    ),
  );
  app.get("/", {}, () => "ok");
  await using t = await testApp(app, { socket: true });
  const streaming = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${t.url}/stream`, resolve).once("error", reject).end();
  });
  assert.equal((await t.get("/")).status, 200);
  ended.open();
  streaming.resume();
  await once(streaming, "end");
});

test("every way in which a request ends takes it out of the count", async () => {
  const app = kiln({ title: "count", timeout: 20, load: { ...off, inFlight: 1 } });
  const never = new Promise<never>(() => undefined);
  app.fastify((instance) => void instance.get("/plugin", async () => "plain"));
  app.get("/late", {}, () => never);
  app.get("/fault", {}, () => {
    throw new Error("a fault");
  });
  app.post("/body", { needs: { text: body(z.string()) } }, () => undefined);
  app.get("/", {}, () => "ok");
  await using t = await testApp(app, { socket: true });
  for (let round = 0; round < 2; round++) {
    assert.equal((await t.get("/late")).status, 503);
    assert.equal((await t.get("/fault")).status, 500);
    assert.equal((await t.get("/plugin")).status, 200);
    assert.equal((await t.get("/nowhere")).status, 404);
    assert.equal((await t.get("/?%")).status, 400);
    assert.equal((await t.request("OPTIONS", "/body")).status, 204);
    assert.equal((await t.post("/body", { json: 1 })).status, 422);
    await t.post("/body", { json: "gone", signal: AbortSignal.abort() }).catch(() => undefined);
    await t.idle();
    assert.equal((await t.get("/")).status, 200);
  }
  assert.equal(t.logs.find("request_shed"), undefined);
});

test("a thousand requests in flight are the usual limit, and 0 turns it off", async () => {
  for (const [load, refused] of [
    [{}, 1],
    [off, 0],
  ] as const) {
    const door = gate();
    const arrived = counter(1_000);
    const app = kiln({ title: "usual", load });
    app.get("/", {}, async () => {
      arrived.add();
      await door.held;
    });
    await using t = await testApp(app);
    const calls = Array.from({ length: 1_001 }, () => t.get("/"));
    await arrived.reached;
    door.open();
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 503).length, refused);
  }
});

test("numbers that are no limits are refused when the app starts", async () => {
  for (const load of [
    { heapUsed: 95 },
    { inFlight: Number.NaN },
    { rss: -1 },
    { retryAfter: Number.POSITIVE_INFINITY },
  ]) {
    const [[name, value] = []] = Object.entries(load);
    await assert.rejects(
      testApp(kiln({ title: "load", load })),
      (error: KilnError) => error.code === "KILN_LOAD_OPTIONS" && error.message.includes(`"${name}: ${value}"`),
    );
  }
  await using _ = await testApp(kiln({ title: "load", load: { inFlight: Number.POSITIVE_INFINITY, heapUsed: 1 } }));
});
