import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { header, httpError, kiln, resource } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

/** A resource whose check does what it is told. */
function checked(name: string, check: (scene: { readonly signal: AbortSignal }) => unknown) {
  return resource(
    {},
    function* () {
      yield name;
    },
    { name, check: (_value, scene) => check(scene) },
  );
}

/** What the log says of what failed, line by line. */
function reasons(t: TestApp): readonly (readonly (readonly [string, string])[])[] {
  return t.logs.filter("not_ready").map(({ failing }) => {
    // The field is what Kiln logs.
    const found = failing as readonly { readonly name: string; readonly error: string }[];
    return found.map(({ name, error }) => [name, error] as const);
  });
}

bothWays(
  "an app without any declaration answers both, without a line in the log or an entry in the document",
  () => kiln({ title: "plain", docs: "public" }),
  async (t) => {
    for (const path of ["/health/live", "/health/ready"]) {
      const answer = await t.get(path);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json(), { status: "pass" });
      assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.equal((await t.head(path)).status, 200);
    }
    assert.deepEqual(t.logs.filter("request_received"), []);
    assert.deepEqual(t.logs.filter("request_completed"), []);
    const { paths } = (await t.get("/openapi.json")).json() as { readonly paths: object };
    assert.deepEqual(paths, {});
    assert.equal(t.logs.filter("request_completed").length, 1);
  },
);

let broken = true;
bothWays(
  "a check that fails makes it not ready: names for everybody, the reason in the log, once",
  () => {
    broken = true;
    const good = checked("cache", () => undefined);
    const bad = checked("search", () => {
      if (broken) throw new Error("search at 10.0.0.7 refused the password of kiln");
    });
    const app = kiln({ title: "broken", health: { maxAge: 0 } });
    app.get("/", { needs: { good, bad } }, () => "ok");
    return app;
  },
  async (t) => {
    for (const _ of [1, 2]) {
      const answer = await t.get("/health/ready");
      assert.equal(answer.status, 503);
      assert.deepEqual(answer.json(), { status: "fail", reason: "resources", failing: ["search"] });
    }
    assert.equal((await t.get("/health/live")).status, 200);
    assert.deepEqual(reasons(t), [[["search", "search at 10.0.0.7 refused the password of kiln"]]]);
    broken = false;
    assert.equal((await t.get("/health/ready")).status, 200);
    assert.equal((await t.get("/health/ready")).status, 200);
    assert.equal(t.logs.filter("ready_again").length, 1);
  },
);

bothWays(
  "neither guards of the app, nor hooks of plugins, nor load shedding are before them",
  () => {
    const Refused = httpError(401, "refused", "Refused");
    const app = kiln({
      title: "closed",
      needs: { key: header(z.literal("secret"), { name: "x-key" }) },
      // Every process uses more than this part of its heap.
      load: { inFlight: 0, loopDelay: 0, heapUsed: 1e-9 },
    });
    app.get("/", {}, () => "ok");
    app.fastify((instance) => {
      instance.addHook("onRequest", (request, _reply, next) => {
        next(request.headers.authorization === undefined ? new Refused() : undefined);
      });
    });
    return app;
  },
  async (t) => {
    const authorized = { headers: { authorization: "x" } };
    assert.equal((await t.get("/")).status, 401);
    // The load is sampled, so it takes two samples.
    while ((await t.get("/", authorized)).status !== 503) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await t.get("/health/live")).status, 200);
    assert.equal((await t.get("/health/ready")).status, 200);
  },
);

test("while the app drains it is alive and not ready, and says so on connections that are open", async () => {
  const t = await testApp(kiln({ title: "drain" }), { socket: true, shutdown: { drainDelay: 400 } });
  assert.equal((await t.get("/health/ready")).status, 200);
  const closing = t.close();
  const answer = await t.get("/health/ready");
  assert.equal(answer.status, 503);
  assert.deepEqual(answer.json(), { status: "fail", reason: "draining" });
  assert.equal((await t.get("/health/live")).status, 200);
  await closing;
});

test("the path can be another, a route of the app's own on it wins, and false has none", async () => {
  const own = kiln({ title: "own", health: { path: "/internal" } });
  own.get("/internal/live", {}, () => "mine");
  await using t = await testApp(own);
  assert.equal((await t.get("/internal/live")).json(), "mine");
  assert.deepEqual((await t.get("/internal/ready")).json(), { status: "pass" });
  assert.equal((await t.get("/health/ready")).status, 404);

  await using none = await testApp(kiln({ title: "none", health: false }));
  assert.equal((await none.get("/health/live")).status, 404);
  assert.equal((await none.get("/health/ready")).status, 404);

  assert.throws(() => kiln({ title: "wrong", health: { path: "health" } }), { code: "KILN_ROUTE_INVALID" });
});

test("checks run beside each other, and once for all who ask meanwhile and shortly after", async () => {
  const started: string[] = [];
  const both = Promise.withResolvers<void>();
  const meet = (name: string) =>
    checked(name, () => {
      started.push(name);
      if (started.length === 2) both.resolve();
      return both.promise;
    });
  const app = kiln({ title: "shared", health: { maxAge: 60_000 } });
  app.get("/", { needs: { a: meet("a"), b: meet("b") } }, () => "ok");
  await using t = await testApp(app, { socket: true });
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => t.get("/health/ready")));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
  assert.equal((await t.get("/health/ready")).status, 200);
  assert.deepEqual(started, ["a", "b"]);
});

test("a check that takes too long is aborted; one that heeds nothing is not begun a second time", async () => {
  const runs = { polite: 0, deaf: 0 };
  const polite = checked("polite", async ({ signal }) => {
    runs.polite += 1;
    await once(signal, "abort");
    throw signal.reason;
  });
  const release = Promise.withResolvers<void>();
  const deaf = checked("deaf", () => {
    runs.deaf += 1;
    return release.promise;
  });
  const app = kiln({ title: "slow", health: { timeout: 30, maxAge: 0 } });
  app.get("/", { needs: { polite, deaf } }, () => "ok");
  await using t = await testApp(app);
  for (const _ of [1, 2, 3]) {
    const answer = await t.get("/health/ready");
    assert.deepEqual(answer.json(), { status: "fail", reason: "resources", failing: ["polite", "deaf"] });
  }
  assert.deepEqual(runs, { polite: 3, deaf: 1 });
  assert.deepEqual(reasons(t)[0]?.[0], ["polite", "took longer than 30 ms"]);
  release.resolve();
});

test("what a test puts in the place of a resource is not checked", async () => {
  const search = checked("search", () => {
    throw new Error("not there in tests");
  });
  const app = kiln({ title: "replaced" });
  app.get("/", { needs: { search } }, ({ search }) => search);
  await using t = await testApp(app, { replace: [[search, "stand-in"]] });
  assert.equal((await t.get("/health/ready")).status, 200);
});
