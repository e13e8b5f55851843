import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppOptions, bearer, depends, HttpError, kiln, model, query, Unauthorized, ValidationError } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

const pages = ["/docs", "/redoc", "/openapi.json"];
const Thing = model("Thing", { id: z.int() });

function makeApp(docs?: AppOptions["docs"]) {
  const app = kiln({ title: "Documented", ...(docs === undefined ? {} : { docs }) });
  app.get("/things", { needs: { q: query(z.int()) }, returns: z.array(Thing) }, ({ q }) => [{ id: q }]);
  return app;
}

bothWays(
  "in development the docs are there, with their files, and nothing of them is in the document",
  makeApp,
  async (t) => {
    for (const page of pages) assert.equal((await t.get(page)).status, 200, page);
    const html = (await t.get("/docs")).text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
    assert.ok(files.length >= 4);
    for (const file of files) {
      const answer = await t.get(`/${file}`);
      assert.equal(answer.status, 200, file);
      const again = await t.get(`/${file}`, { headers: { "if-none-match": answer.headers.get("etag") ?? "" } });
      assert.equal(again.status, 304, file);
    }
    const document = (await t.get("/openapi.json")).json<{ paths: object }>();
    assert.deepEqual(Object.keys(document.paths), ["/things"]);
    assert.equal((await t.get("/docs/missing.js")).status, 404);
  },
  { env: "development" },
);

for (const env of ["production", "staging", "test"]) {
  test(`in ${env} nothing is there, and no route either`, async () => {
    await using t = await testApp(makeApp(), { env });
    const other = await t.get("/no-such-page");
    for (const page of pages) {
      const answer = await t.get(page);
      assert.equal(answer.status, 404);
      const strip = (text: string): string => text.replace(/"(instance|request_id)":"[^"]*"/g, "");
      assert.equal(strip(answer.text()), strip(other.text()), "not to be told from any other path");
      assert.equal((await t.request("POST", page)).status, 404, "a 405 would give it away");
    }
  });
}

test("public docs are there in production; off means off", async () => {
  await using open = await testApp(makeApp("public"), { env: "production" });
  await using off = await testApp(makeApp("off"), { env: "development" });
  for (const page of pages) {
    assert.equal((await open.get(page)).status, 200);
    assert.equal((await off.get(page)).status, 404);
  }
});

test("a guard opens the docs to whom it lets through", async () => {
  const staff = depends({ token: bearer() }, ({ token }) => {
    if (token !== "staff") throw new Unauthorized();
  });
  await using t = await testApp(makeApp({ needs: { staff } }), { env: "production" });
  for (const page of pages) {
    assert.equal((await t.get(page)).status, 401);
    assert.equal((await t.get(page, { headers: { authorization: "Bearer staff" } })).status, 200);
  }
});

test("an app's own format of errors is what clients get and what the document says", async () => {
  const Shape = model("ErrorShape", { errors: z.array(z.string()) });
  const app = makeApp();
  app.get("/broken", {}, () => {
    throw new Error("secret");
  });
  app.onError(ValidationError, (error) => ({ body: { errors: error.errors.map(({ path }) => path.join(".")) } }), {
    returns: Shape,
  });
  app.onError(
    HttpError,
    (error) => ({ status: error.status, body: { errors: [error.title] }, headers: { "x-own": "1" } }),
    {
      returns: Shape,
    },
  );
  await using t = await testApp(app, { env: "development" });
  const invalid = await t.get("/things?q=x");
  assert.equal(invalid.status, 422);
  assert.deepEqual(invalid.json(), { errors: ["q"] });
  const missing = await t.get("/nothing");
  assert.equal(missing.status, 404);
  assert.equal(missing.headers.get("x-own"), "1");
  assert.deepEqual(missing.json(), { errors: ["Nothing is here"] });
  const broken = await t.get("/broken");
  assert.equal(broken.status, 500);
  assert.deepEqual(broken.json(), { errors: ["Something went wrong on the server"] });
  assert.equal(t.logs.filter("request_failed").length, 1);
  const text = (await t.get("/openapi.json")).text();
  assert.match(text, /ErrorShape/);
  assert.doesNotMatch(text, /problem\+json/);
});

test("an error handler that fails, or breaks its own schema, leaves a plain 500", async () => {
  const app = makeApp();
  app.onError(ValidationError, () => {
    throw new Error("broken handler");
  });
  app.onError(HttpError, () => ({ body: { errors: [1] as unknown as string[] } }), {
    returns: z.object({ errors: z.array(z.string()) }),
  });
  await using t = await testApp(app);
  for (const url of ["/things?q=x", "/nothing"]) {
    const answer = await t.get(url);
    assert.equal(answer.status, 500);
    assert.equal(answer.json<{ type: string }>().type, "urn:problem-type:internal_error");
  }
  assert.equal(t.logs.filter("error_handler_failed").length, 2);
});

test("any Fastify plugin can be registered; its routes get ids, logs and problems as well", async () => {
  const app = makeApp();
  app.fastify(async (instance) => {
    await instance.register(async (scope) => {
      scope.addHook("onSend", async (_request, reply) => {
        reply.header("x-plugin", "yes");
      });
      scope.get("/plain", async () => ({ plain: true }));
      const schema = { body: { type: "object", required: ["n"], properties: { n: { type: "integer" } } } };
      scope.post("/own", { schema }, async (request) => ({ got: request.body }));
      scope.get("/fails", async () => {
        throw new Error("secret of a plugin");
      });
    });
  });
  await using t = await testApp(app);
  const plain = await t.get("/plain");
  assert.deepEqual(plain.json(), { plain: true });
  assert.equal(plain.headers.get("x-plugin"), "yes");
  assert.ok(plain.headers.get("x-request-id"));
  assert.deepEqual((await t.post("/own", { json: { n: 1 } })).json(), { got: { n: 1 } });
  assert.equal((await t.post("/own", { json: { n: "x" } })).status, 400, "its own schema");
  assert.equal((await t.post("/own", { body: "{", headers: { "content-type": "application/json" } })).status, 400);
  assert.equal((await t.post("/own", { body: "n", headers: { "content-type": "text/csv" } })).status, 415);
  const failed = await t.get("/fails");
  assert.equal(failed.status, 500);
  assert.doesNotMatch(failed.text(), /secret/);
  assert.equal((await t.request("DELETE", "/plain")).status, 405);
});
