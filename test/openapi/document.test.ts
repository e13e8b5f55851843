import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { body, path, rawBody } from "../../src/contract/inputs.ts";
import { KilnError } from "../../src/errors/kiln-error.ts";
import { buildDocument } from "../../src/openapi/document.ts";
import { blogDocument, blogRoutes } from "./blog.ts";
import { route } from "./routes.ts";
import { assertValid } from "./valid.ts";

const info = { title: "Test", version: "1" };

test("a document of everything is valid OpenAPI 3.1", async () => {
  const document = blogDocument();
  assert.equal(document.openapi, "3.1.1");
  assert.deepEqual(document.info, { title: "Blog", description: "Posts and *comments*.", version: "1.2.3" });
  await assertValid(document);
});

test("a document without routes is valid", async () => {
  const document = buildDocument([], info);
  assert.deepEqual(document, { openapi: "3.1.1", info, paths: {} });
  await assertValid(document);
});

test("the same routes give the same document, byte for byte", () => {
  assert.equal(JSON.stringify(blogDocument()), JSON.stringify(blogDocument()));
});

test("the info says what it is told, and the servers are listed", async () => {
  const about = {
    ...info,
    summary: "In short",
    description: "At length",
    termsOfService: "https://example.com/terms",
    contact: { name: "Support", email: "help@example.com" },
    license: { name: "MIT", identifier: "MIT" },
    servers: [{ url: "/api/v1" }],
  };
  const document = buildDocument([], about);
  const { servers, ...rest } = about;
  assert.deepEqual(document.info, rest);
  assert.deepEqual(document.servers, servers);
  await assertValid(document);
});

test("parameters of the template stand in braces, and those that nothing reads are listed as well", async () => {
  const document = buildDocument(
    [route({ method: "GET", path: "/a/:first/b/:second", needs: { second: path(z.int()) } })],
    info,
  );
  assert.deepEqual(document.paths["/a/{first}/b/{second}"]?.get?.parameters, [
    { name: "first", in: "path", required: true, schema: { type: "string" } },
    { name: "second", in: "path", required: true, schema: { type: "integer" } },
  ]);
  await assertValid(document);
});

test("templates that differ in names only are one path", async () => {
  const document = buildDocument(
    [
      route({ method: "GET", path: "/posts/:id", needs: { id: path(z.int()) } }),
      route({ method: "PUT", path: "/posts/:postId", needs: { postId: path(z.int()) } }),
    ],
    info,
  );
  assert.deepEqual(Object.keys(document.paths), ["/posts/{id}"]);
  assert.equal(document.paths["/posts/{id}"]?.put?.parameters?.[0]?.name, "id");
  assert.equal(document.paths["/posts/{id}"]?.put?.operationId, "putPostsByPostId");
  await assertValid(document);
});

test("a route that is not documented is not there, nor are its models", () => {
  const Hidden = z.object({ a: z.int() }).meta({ id: "Hidden" });
  const document = buildDocument(
    [route({ method: "GET", path: "/hidden", documented: false, options: { returns: Hidden } })],
    info,
  );
  assert.deepEqual(document.paths, {});
  assert.equal(document.components, undefined);
});

test("operation ids are method and path in words", () => {
  const ids = (paths: readonly string[]): readonly (string | undefined)[] => {
    const document = buildDocument(
      paths.map((path) => route({ method: "PUT", path })),
      info,
    );
    return Object.values(document.paths).map((item) => item.put?.operationId);
  };
  assert.deepEqual(ids(["/posts/:postId"]), ["putPostsByPostId"]);
  assert.deepEqual(ids(["/"]), ["putRoot"]);
  assert.deepEqual(ids(["/a-b/c_d/e.f"]), ["putABCDEF"]);
  assert.deepEqual(ids(["/a-b", "/a_b", "/a.b"]), ["putAB", "putAB2", "putAB3"]);
  assert.deepEqual(blogRoutes.length, 4);
});

test("an operation id that a route names stays, and gives way to no other", () => {
  const document = buildDocument(
    [route({ method: "GET", path: "/a" }), route({ method: "GET", path: "/b", options: { operationId: "getA" } })],
    info,
  );
  assert.equal(document.paths["/b"]?.get?.operationId, "getA");
  assert.equal(document.paths["/a"]?.get?.operationId, "getA2");
});

test("two routes that name one operation id are refused, with both places", () => {
  const twice = ["/a", "/b"].map((path) => route({ method: "GET", path, options: { operationId: "list" } }));
  assert.throws(
    () => buildDocument(twice, info),
    (error) =>
      error instanceof KilnError &&
      error.code === "KILN_OPENAPI_OPERATION_ID" &&
      error.where === "GET /b" &&
      error.message.includes("GET /a"),
  );
});

test("tags are listed in the order of their descriptions, then as routes name them", () => {
  const document = buildDocument(
    [
      route({ method: "GET", path: "/a", tags: ["later", "second"] }),
      route({ method: "GET", path: "/b", tags: ["first"] }),
    ],
    { ...info, tags: [{ name: "first", description: "The first" }, { name: "second" }] },
  );
  assert.deepEqual(document.tags, [{ name: "first", description: "The first" }, { name: "second" }, { name: "later" }]);
  assert.deepEqual(document.paths["/a"]?.get?.tags, ["later", "second"]);
});

test("summary, description and deprecation are shown", () => {
  const document = buildDocument(
    [route({ method: "GET", path: "/a", deprecated: true, options: { summary: "Short", description: "Long" } })],
    info,
  );
  const { summary, description, deprecated } = document.paths["/a"]?.get ?? {};
  assert.deepEqual({ summary, description, deprecated }, { summary: "Short", description: "Long", deprecated: true });
});

test("a single body is the request body", async () => {
  const New = z.object({ title: z.string() }).meta({ id: "New" });
  const document = buildDocument(
    [
      route({
        method: "POST",
        path: "/a",
        needs: { new: body(New, { description: "What to add", examples: [{ title: "x" }] }) },
      }),
    ],
    info,
  );
  assert.deepEqual(document.paths["/a"]?.post?.requestBody, {
    description: "What to add",
    required: true,
    content: { "application/json": { schema: { $ref: "#/components/schemas/New" }, example: { title: "x" } } },
  });
  await assertValid(document);
});

test("several bodies are the properties of one object", async () => {
  const document = buildDocument(
    [
      route({
        method: "POST",
        path: "/a",
        needs: { item: body(z.object({ a: z.int() })), note: body(z.string().optional(), { description: "Why" }) },
      }),
    ],
    info,
  );
  assert.deepEqual(document.paths["/a"]?.post?.requestBody, {
    required: true,
    content: {
      "application/json": {
        schema: {
          type: "object",
          properties: {
            item: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
            note: { type: "string", description: "Why" },
          },
          required: ["item"],
        },
      },
    },
  });
  await assertValid(document);
});

test("an optional body is not required", () => {
  const document = buildDocument(
    [route({ method: "POST", path: "/a", needs: { item: body(z.object({}).optional()) } })],
    info,
  );
  assert.equal(document.paths["/a"]?.post?.requestBody?.required, false);
});

test("a raw body is any bytes, and adds nothing beside a JSON one", async () => {
  const raw = buildDocument([route({ method: "POST", path: "/a", needs: { bytes: rawBody() } })], info);
  assert.deepEqual(Object.keys(raw.paths["/a"]?.post?.requestBody?.content ?? {}), ["application/octet-stream"]);
  await assertValid(raw);
  const both = buildDocument(
    [route({ method: "POST", path: "/a", needs: { bytes: rawBody(), item: body(z.object({})) } })],
    info,
  );
  assert.deepEqual(Object.keys(both.paths["/a"]?.post?.requestBody?.content ?? {}), ["application/json"]);
});
