// An app without plugins sends its usual answers past Fastify; nobody must be able to tell.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type App, answer, kiln, query, reply } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";

function makeApp(): App {
  const app = kiln({ title: "plain" });
  const returns = { 202: z.string(), 410: null };
  app.get("/usual", { returns: z.object({ text: z.string() }) }, () => ({ text: "Grüße, 世界" }));
  app.get("/other", { needs: { n: query(z.int()) }, returns }, ({ n }) => (n === 1 ? "" : answer(410)));
  app.get("/undeclared", {}, () => [1]);
  app.get("/nothing", {}, () => undefined);
  app.get("/headers", { needs: { reply } }, ({ reply }) => {
    reply.header("content-type", "application/geo+json").cookie("a", "b");
    return {};
  });
  return app;
}

const paths = ["/usual", "/other?n=1", "/other?n=2", "/undeclared", "/nothing", "/headers", "/other", "/missing"];

async function told(t: TestApp): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const path of paths) {
    for (const method of ["GET", "HEAD"]) {
      const answered = await t.request(method, path, { headers: { "x-request-id": "the-same" } });
      answers.push([
        method,
        path,
        answered.status,
        [...answered.headers].filter(([name]) => name !== "date").sort(),
        answered.text(),
      ]);
    }
  }
  return answers;
}

for (const socket of [false, true]) {
  test(`answers are the same with and without a plugin that looks on (${socket ? "socket" : "in process"})`, async () => {
    let seen = 0;
    const watched = makeApp().fastify((instance) => {
      instance.addHook("onSend", async (_request, _reply, payload) => {
        seen += 1;
        return payload;
      });
    });
    await using without = await testApp(makeApp(), { socket });
    await using beside = await testApp(watched, { socket });
    assert.deepEqual(await told(without), await told(beside));
    assert.equal(seen, paths.length * 2, "the plugin has seen every answer");
  });
}

test("a plugin may put an id of its own on answers, or take it off", async () => {
  for (const own of ["mine", undefined]) {
    const app = kiln({ title: "ids" });
    app.get("/value", {}, () => "value");
    app.get("/broken", {}, () => {
      throw new Error("broken");
    });
    app.fastify((instance) => {
      instance.addHook("onRequest", async (_request, reply) => {
        if (own === undefined) reply.removeHeader("x-request-id");
        else reply.header("x-request-id", own);
      });
    });
    await using t = await testApp(app);
    for (const path of ["/value", "/broken", "/nowhere"]) {
      assert.equal((await t.get(path)).headers.get("x-request-id"), own ?? null);
    }
  }
});
