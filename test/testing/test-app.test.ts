import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { body, cookie, depends, kiln, log, query, reply, request } from "../../src/index.ts";
import { testApp } from "../../src/testing/index.ts";

const user = depends({}, () => ({ id: 1, name: "real" }));

function makeApp() {
  const app = kiln({ title: "Test" });
  app.get("/user", { needs: { user } }, ({ user }) => user);
  app.post("/echo", { needs: { item: body(z.object({ name: z.string() })) }, status: 201 }, ({ item }) => item);
  app.get("/search", { needs: { q: query(z.array(z.string())) } }, ({ q }) => q);
  app.get("/headers", { needs: { request } }, ({ request }) => ({ ...request.headers }));
  app.get("/login", { needs: { reply } }, ({ reply }) => {
    reply.cookie("session", "a b", { secure: true });
  });
  app.get("/me", { needs: { session: cookie(z.string().optional()), log } }, ({ session, log }) => {
    log.info({ seen: session ?? null }, "looked");
    return { session: session ?? null };
  });
  return app;
}

for (const socket of [false, true]) {
  describe(socket ? "over a socket" : "in process", () => {
    test("calls with JSON, query, headers and cookies", async () => {
      await using t = await testApp(makeApp(), { socket });
      const made = await t.post("/echo", { json: { name: "x" } });
      assert.equal(made.status, 201);
      assert.match(made.headers.get("content-type") ?? "", /^application\/json/);
      assert.deepEqual(made.json(), { name: "x" });
      assert.equal(made.text(), '{"name":"x"}');
      assert.equal(Buffer.from(made.bytes).toString(), made.text());
      assert.deepEqual((await t.get("/search", { query: { q: ["a", "b c"] } })).json(), ["a", "b c"]);
      const headers = (await t.get("/headers", { headers: { "X-Mine": "1" } })).json<Record<string, string>>();
      assert.equal(headers["x-mine"], "1");
      assert.deepEqual((await t.get("/me")).json(), { session: null });
      await t.get("/login");
      assert.equal(t.cookies.get("session"), "a b");
      assert.deepEqual((await t.get("/me")).json(), { session: "a b" });
      assert.deepEqual((await t.get("/me", { cookies: { session: "other" } })).json(), { session: "other" });
      await t.idle();
      assert.deepEqual(
        t.logs.filter("looked").map(({ seen }) => seen),
        [null, "a b", "other"],
      );
    });

    test("puts a value or a provider in the place of another", async () => {
      const app = makeApp();
      await using one = await testApp(app, { socket, replace: [[user, { id: 2, name: "value" }]] });
      await using two = await testApp(app, { socket, replace: [[user, depends({}, () => ({ id: 3, name: "made" }))]] });
      const answers = await Promise.all([one.get("/user"), two.get("/user")]);
      assert.deepEqual(
        answers.map((answer) => answer.json()),
        [
          { id: 2, name: "value" },
          { id: 3, name: "made" },
        ],
      );
    });
  });
}
