import assert from "node:assert/strict";
import { test } from "node:test";
import { background, bearer, body, depends, header, httpError, kiln, query, resource } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

const events: string[] = [];

function traced(name: string, needs: Parameters<typeof depends>[0] = {}) {
  return depends(needs, async function* () {
    events.push(`open ${name}`);
    try {
      yield name;
      events.push(`close ${name}`);
    } catch (error) {
      events.push(`fail ${name}: ${(error as Error).message}`);
      throw error;
    }
  });
}

bothWays(
  "a request resolves security, inputs, dependencies and handler in order, and cleans up in reverse before it answers",
  () => {
    events.length = 0;
    const user = depends({ token: bearer() }, ({ token }) => {
      events.push("user");
      return token;
    });
    const first = traced("first");
    const second = traced("second", { first });
    const app = kiln({ title: "order" });
    const note = (): void => {
      events.push("task");
    };
    app.post(
      "/",
      {
        needs: { second, first, user, n: body(z.object({ n: z.int() })), background },
        returns: z.object({ user: z.string() }),
      },
      ({ user, background }) => {
        events.push("handler");
        background.add(note);
        return { user };
      },
    );
    return app;
  },
  async (t) => {
    const answer = await t.post("/", { json: { n: 1 }, headers: { authorization: "Bearer abc" } });
    assert.equal(answer.status, 200);
    await t.idle();
    assert.deepEqual(events, ["user", "open first", "open second", "handler", "close second", "close first", "task"]);
  },
);

bothWays(
  "a request without credentials is refused before its body is looked at",
  () => {
    const app = kiln({ title: "early" });
    app.post("/", { needs: { token: bearer(), n: body(z.object({ n: z.int() })) } }, ({ n }) => n);
    return app;
  },
  async (t) => {
    const malformed = await t.post("/", { body: "{", headers: { "content-type": "application/json" } });
    assert.equal(malformed.status, 401);
    assert.match(malformed.headers.get("www-authenticate") ?? "", /^Bearer/);
    const invalid = await t.post("/", { json: { n: "x" }, headers: { authorization: "Bearer abc" } });
    assert.equal(invalid.status, 422);
  },
);

bothWays(
  "every problem of every input of the whole graph is reported at once",
  () => {
    const page = depends({ page: query(z.int()) }, ({ page }) => page);
    const app = kiln({ title: "inputs" });
    app.post(
      "/:id",
      {
        needs: {
          page,
          xKey: header(z.string()),
          limit: query(z.int().max(10)),
          data: body(z.object({ n: z.int(), s: z.string() })),
        },
      },
      ({ page }) => page,
    );
    return app;
  },
  async (t) => {
    const answer = await t.post("/1", { query: { page: "x", limit: "11" }, json: { n: "1" } });
    assert.equal(answer.status, 422);
    const { errors } = answer.json<{ errors: { in: string; path: (string | number)[] }[] }>();
    const places = errors.map((issue) => `${issue.in} ${issue.path.join(".")}`).sort();
    assert.deepEqual(places, ["body n", "body s", "header x-key", "query limit", "query page"]);
  },
);

test("a dependency is resolved once per request, however many need it", async () => {
  let calls = 0;
  const base = depends({}, () => ++calls);
  const left = depends({ base }, ({ base }) => base);
  const right = depends({ base }, ({ base }) => base);
  const app = kiln({ title: "once", needs: { guard: base } });
  app.get("/", { needs: { left, right, base } }, ({ left, right, base }) => [left, right, base]);
  await using t = await testApp(app);
  assert.deepEqual((await t.get("/")).json(), [1, 1, 1]);
  assert.deepEqual((await t.get("/")).json(), [2, 2, 2]);
});

test("an error reaches every clean-up as an exception at its yield, innermost first", async () => {
  events.length = 0;
  const Teapot = httpError(418, "teapot", "I am a teapot");
  const outer = traced("outer");
  const inner = traced("inner", { outer });
  const app = kiln({ title: "fail" });
  app.get("/", { needs: { inner } }, () => {
    throw new Teapot("short and stout");
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 418);
  assert.deepEqual(events, ["open outer", "open inner", "fail inner: short and stout", "fail outer: short and stout"]);
});

test("a clean-up that fails turns a success into a 500, and the outer clean-ups see it", async () => {
  events.length = 0;
  const outer = traced("outer");
  const transaction = depends({ outer }, async function* () {
    yield "tx";
    throw new Error("commit failed");
  });
  const app = kiln({ title: "commit" });
  app.get("/", { needs: { transaction } }, () => ({ saved: true }));
  await using t = await testApp(app);
  const answer = await t.get("/");
  assert.equal(answer.status, 500);
  assert.doesNotMatch(answer.text(), /commit failed|saved/);
  assert.deepEqual(events, ["open outer", "fail outer: commit failed"]);
});

test("a response that does not fit is a 500 that rolls back", async () => {
  events.length = 0;
  const unit = traced("unit");
  const app = kiln({ title: "invalid" });
  app.get("/", { needs: { unit }, returns: z.object({ n: z.int() }) }, () => ({ n: 1.5 }));
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 500);
  assert.match(events.at(-1) ?? "", /^fail unit: KILN_RESPONSE_INVALID/);
});

test("a clean-up may say better what went wrong", async () => {
  const Taken = httpError(409, "taken", "That name is taken");
  const translating = depends({}, async function* () {
    try {
      yield 1;
    } catch (error) {
      throw new Taken(undefined, { cause: error });
    }
  });
  const app = kiln({ title: "translate" });
  app.get("/", { needs: { translating } }, () => {
    throw new Error("duplicate key value violates unique constraint");
  });
  await using t = await testApp(app);
  const answer = await t.get("/");
  assert.equal(answer.status, 409);
  assert.doesNotMatch(answer.text(), /duplicate/);
});

test("until: sent delays a clean-up until the body is out", async () => {
  events.length = 0;
  const late = depends(
    {},
    async function* () {
      yield 1;
      events.push("late");
    },
    { until: "sent" },
  );
  const early = traced("early");
  const app = kiln({ title: "sent" });
  app.get("/", { needs: { late, early } }, () => "done");
  await using t = await testApp(app, { socket: true });
  assert.equal((await t.get("/")).status, 200);
  await t.idle();
  assert.deepEqual(events, ["open early", "close early", "late"]);
});

test("neighbours that ask to be concurrent run at once; the others wait", async () => {
  const { promise: bothRunning, resolve } = Promise.withResolvers<void>();
  let running = 0;
  const meet = async (): Promise<number> => {
    running += 1;
    if (running === 2) resolve();
    await bothRunning;
    return running;
  };
  const a = depends({}, meet, { concurrent: true });
  const b = depends({}, meet, { concurrent: true });
  const after = depends({ a, b }, ({ a, b }) => a + b);
  const app = kiln({ title: "concurrent" });
  app.get("/", { needs: { a, b, after } }, ({ after }) => after);
  await using t = await testApp(app);
  assert.equal((await t.get("/")).json(), 4);
});

test("a concurrent dependency that fails leaves no other one open", async () => {
  events.length = 0;
  const opened = depends(
    {},
    async function* () {
      await Promise.resolve();
      events.push("open");
      try {
        yield 1;
      } finally {
        events.push("close");
      }
    },
    { concurrent: true },
  );
  const broken = depends(
    {},
    async () => {
      throw new Error("broken");
    },
    { concurrent: true },
  );
  const app = kiln({ title: "concurrent" });
  app.get("/", { needs: { opened, broken } }, () => 1);
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 500);
  assert.deepEqual(events, ["open", "close"]);
});

test("a generator that never yields, or yields twice, is a named error", async () => {
  const never = depends({}, async function* neverYields(): AsyncGenerator<number, void, void> {});
  const twice = depends({}, function* yieldsTwice() {
    yield 1;
    yield 2;
  });
  const app = kiln({ title: "generators" });
  app.get("/never", { needs: { never } }, () => 1);
  app.get("/twice", { needs: { twice } }, () => 1);
  await using t = await testApp(app);
  for (const name of ["never", "twice"]) {
    assert.equal((await t.get(`/${name}`)).status, 500);
    const line = t.logs.find(
      ({ message, err }) =>
        message === "request_failed" &&
        String((err as Error).message).includes(`${name}Yields`.replace("twiceYields", "yieldsTwice")),
    );
    assert.ok(line, `a line names ${name}`);
  }
});

test("resources open in the order of their needs, once for the app, and close in reverse", async () => {
  events.length = 0;
  const make = (name: string, needs: Parameters<typeof resource>[0] = {}) =>
    resource(
      needs,
      async function* () {
        events.push(`open ${name}`);
        yield name;
        events.push(`close ${name}`);
      },
      { name },
    );
  const config = make("config");
  const database = make("database", { config });
  const cache = make("cache", { config });
  const app = kiln({ title: "resources" });
  app.get("/", { needs: { cache, database } }, ({ cache, database }) => [cache, database]);
  {
    await using t = await testApp(app);
    await t.get("/");
    await t.get("/");
  }
  assert.deepEqual(events, [
    "open config",
    "open cache",
    "open database",
    "close database",
    "close cache",
    "close config",
  ]);
});

test("of two concurrent failures one is the answer and the other is logged", async () => {
  const fail = (name: string) =>
    depends(
      {},
      async () => {
        throw new Error(name);
      },
      { concurrent: true },
    );
  const app = kiln({ title: "both" });
  app.get("/", { needs: { a: fail("first"), b: fail("second") } }, () => 1);
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 500);
  assert.match(JSON.stringify(t.logs.find("request_failed")), /first/);
  assert.match(JSON.stringify(t.logs.find("dependency_failed")), /second/);
});
