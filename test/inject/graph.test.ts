import assert from "node:assert/strict";
import { test } from "node:test";
import { body, depends, KilnError, kiln, path, query, rawBody, resource, router } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";

/** Asserts that declaring or starting fails with this code and a message that holds all of `parts`. */
async function refused(code: string, parts: readonly string[], act: () => unknown): Promise<void> {
  await assert.rejects(
    async () => act(),
    (error: unknown) => {
      assert.ok(error instanceof KilnError, String(error));
      assert.equal(error.code, code);
      for (const part of parts) assert.ok(error.message.includes(part), `"${error.message}" names "${part}"`);
      return true;
    },
  );
}

test("a cycle names the chain from the route to itself", async () => {
  const needs: Record<string, ReturnType<typeof depends>> = {};
  const first = depends(needs, () => 1);
  const second = depends({ first }, () => 2);
  needs.second = second;
  await refused("KILN_PROVIDER_CYCLE", ["GET /x", "-> first -> second -> first", "graph.test.ts"], () =>
    router().get("/x", { needs: { first } }, () => 1),
  );
});

test("a resource that needs a request's value names the chain", async () => {
  const user = depends({}, () => 1);
  // The type refuses it as well; the cast is what a user in plain JavaScript can do.
  const pool = resource({ user } as never, async function* () {
    yield 1;
  });
  await refused("KILN_PROVIDER_LIFETIME", ["-> pool -> user"], () => router().get("/x", { needs: { pool } }, () => 1));
});

test("what is no provider is told from an import that has not run yet", async () => {
  await refused("KILN_PROVIDER_INVALID", ['"n"', "number"], () =>
    router().get("/x", { needs: { n: 1 } as never }, () => 1),
  );
  await refused("KILN_PROVIDER_INVALID", ['"later"', "undefined", "import"], () =>
    router().get("/x", { needs: { later: undefined } as never }, () => 1),
  );
});

test("reserved names are refused", async () => {
  const needs = JSON.parse('{"__proto__": 1}');
  await refused("KILN_RESERVED_NAME", ["__proto__"], () => router().get("/x", { needs }, () => 1));
});

test("a path name that the template lacks is found when the app starts, with the chain", async () => {
  const post = depends({ postId: path(z.int()) }, ({ postId }) => postId);
  const app = kiln({ title: "paths" });
  const posts = router({ prefix: "/posts" });
  // The type refuses it as well.
  posts.get("/:id", { needs: { post } } as never, () => 1);
  app.include(posts, { prefix: "/api" });
  await refused("KILN_PATH_NAME", ["GET /api/posts/:id", "-> post -> postId", '"postId"', ":id"], () => testApp(app));
});

test("two bodies in different records are refused; in one record, or shared, they are fine", async () => {
  const A = z.object({ a: z.int() });
  const shared = body(A);
  const inner = depends({ item: body(A) }, ({ item }) => item);
  const sharing = depends({ item: shared }, ({ item }) => item);
  await refused("KILN_BODY_READERS", ["-> other", "inner -> item"], () =>
    router().post("/x", { needs: { inner, other: body(A) } }, () => 1),
  );
  router().post("/x", { needs: { sharing, item: shared, bytes: rawBody() } }, () => 1);
  router().post("/x", { needs: { item: body(A), user: body(A) } }, () => 1);
  const named = depends({ item: body(A, { name: "item" }) }, ({ item }) => item);
  router().post("/x", { needs: { named, other: body(A, { name: "other" }) } }, () => 1);
  await refused("KILN_BODY_READERS", ["-> named -> item", "other"], () =>
    router().post("/x", { needs: { named, other: body(A) } }, () => 1),
  );
});

test("a GET that reads a body is refused", async () => {
  await refused("KILN_BODY_METHOD", ["GET"], () => router().get("/x", { needs: { item: body(z.string()) } }, () => 1));
});

test("templates that cannot work are refused", async () => {
  for (const template of ["posts", "/a*", "/:id(\\d+)", "/x?y", "/:a-:b", "/:id.json", "/with space"]) {
    await refused("KILN_ROUTE_INVALID", [template], () => router().get(template, {}, () => 1));
  }
});

test("two routes for the same requests are refused, naming both", async () => {
  const app = kiln({ title: "twice" });
  app.get("/a/:x", { needs: { x: path(z.string()) } }, () => 1);
  app.get("/a/:y", { needs: { y: path(z.string()) } }, () => 2);
  await refused("KILN_ROUTE_DUPLICATE", ["/a/:y", "/a/:x"], () => testApp(app));
});

test("nothing can be added once the app has started", async () => {
  const inside = router({ prefix: "/in" });
  const app = kiln({ title: "closed" }).include(inside);
  await using _t = await testApp(app);
  await refused("KILN_REGISTRATION_CLOSED", ["GET /late"], () => app.get("/late", {}, () => 1));
  await refused("KILN_REGISTRATION_CLOSED", ["GET /in/late"], () => inside.get("/late", {}, () => 1));
  await refused("KILN_REGISTRATION_CLOSED", ["include()"], () => app.include(router()));
  await refused("KILN_REGISTRATION_CLOSED", ["onError()"], () => app.onError(Error, () => ({ body: 1 })));
});

test("a test replaces a provider by a value or by another provider, at any depth", async () => {
  const low = depends({ q: query(z.string()) }, ({ q }) => `real ${q}`);
  const middle = depends({ low }, ({ low }) => low.toUpperCase());
  const app = kiln({ title: "replace" });
  app.get("/", { needs: { middle } }, ({ middle }) => ({ middle }));
  const other = depends({ p: query(z.string()) }, ({ p }) => `other ${p}`);
  await using real = await testApp(app);
  await using value = await testApp(app, { replace: [[low, "fake"]] });
  await using provider = await testApp(app, { replace: [[low, other]] });
  assert.deepEqual((await real.get("/?q=x")).json(), { middle: "REAL X" });
  assert.deepEqual((await value.get("/")).json(), { middle: "FAKE" });
  assert.deepEqual((await provider.get("/?p=y")).json(), { middle: "OTHER Y" });
});

test("a router that would include itself, at any depth, is refused", async () => {
  const outer = router({ prefix: "/outer" });
  const inner = router({ prefix: "/inner" });
  outer.include(inner);
  await refused("KILN_ROUTE_INVALID", ["include()", "holds the router"], () => inner.include(outer));
  await refused("KILN_ROUTE_INVALID", ["include()", "holds the router"], () => outer.include(outer));
});
