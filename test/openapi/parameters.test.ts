import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { cookie, header, path, query } from "../../src/contract/inputs.ts";
import type { Needs } from "../../src/contract/provider.ts";
import { depends } from "../../src/inject/depends.ts";
import { buildDocument } from "../../src/openapi/document.ts";
import type { ParameterObject } from "../../src/openapi/document-types.ts";
import { route } from "./routes.ts";
import { assertValid } from "./valid.ts";

async function parameters(
  needs: Needs,
  template = "/",
  guards: readonly Needs[] = [],
): Promise<readonly ParameterObject[]> {
  const document = buildDocument([route({ method: "GET", path: template, needs, guards })], {
    title: "Test",
    version: "1",
  });
  await assertValid(document);
  return Object.values(document.paths)[0]?.get?.parameters ?? [];
}

test("single values are parameters, path ones first", async () => {
  const found = await parameters(
    {
      limit: query(z.int().max(100).default(20)),
      ifNoneMatch: header(z.string().optional()),
      theme: cookie(z.enum(["light", "dark"])),
      id: path(z.uuid()),
    },
    "/:id",
  );
  assert.deepEqual(found, [
    { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } },
    { name: "limit", in: "query", schema: { type: "integer", maximum: 100, default: 20 } },
    { name: "if-none-match", in: "header", schema: { type: "string" } },
    { name: "theme", in: "cookie", required: true, schema: { type: "string", enum: ["light", "dark"] } },
  ]);
});

test("a name of its own wins over the key", async () => {
  const found = await parameters({ a: query(z.string(), { name: "q[a]" }), b: header(z.string(), { name: "X-Own" }) });
  assert.deepEqual(
    found.map(({ name }) => name),
    ["q[a]", "X-Own"],
  );
});

test("whole objects become one parameter for each property", async () => {
  const found = await parameters({
    paging: query(z.object({ page: z.int().default(1), perPage: z.int() })),
    about: header(z.object({ userAgent: z.string(), xTrace: z.string().optional() })),
  });
  assert.deepEqual(
    found.map(({ name, in: place, required }) => [place, name, required ?? false]),
    [
      ["query", "page", false],
      ["query", "perPage", true],
      ["header", "user-agent", true],
      ["header", "x-trace", false],
    ],
  );
});

test("properties of an optional object are optional, those of a model have their wire names", async () => {
  const Base = baseModel({ wireCase: "snake" });
  const found = await parameters({ paging: query(Base("Paging", { perPage: z.int() }).optional()) });
  assert.deepEqual(found, [{ name: "per_page", in: "query", schema: { type: "integer" } }]);
});

test("lists say how they are written", async () => {
  const found = await parameters({
    tag: query(z.array(z.string()).optional()),
    xIds: header(z.array(z.int()).optional()),
  });
  assert.deepEqual(
    found.map(({ style, explode }) => [style, explode]),
    [
      ["form", true],
      ["simple", false],
    ],
  );
});

test("descriptions, deprecation and examples are shown, from the options before the schema", async () => {
  const [a, b, c] = await parameters({
    a: query(z.string().describe("Of the schema"), { description: "Of the input", deprecated: true, examples: ["x"] }),
    b: query(z.string().describe("Of the schema"), { examples: ["x", "y"] }),
    c: query(z.string().meta({ deprecated: true }).optional()),
  });
  assert.equal(a?.description, "Of the input");
  assert.equal(a?.deprecated, true);
  assert.equal(a?.example, "x");
  assert.equal(b?.description, "Of the schema");
  assert.deepEqual(b?.examples, { "Example 1": { value: "x" }, "Example 2": { value: "y" } });
  assert.equal(c?.deprecated, true);
});

test("inputs of dependencies and guards are parameters of the route, each once", async () => {
  const page = query(z.int().default(1));
  const offset = depends({ page }, ({ page }) => page * 20);
  const found = await parameters({ page, offset }, "/", [{ version: header(z.string()) }]);
  assert.deepEqual(
    found.map(({ name }) => name),
    ["page", "version"],
  );
});

test("two declarations of one parameter must both be met", async () => {
  const other = depends({ page: query(z.int().max(10)) }, ({ page }) => page);
  const [page] = await parameters({ page: query(z.int().min(1).optional()), other });
  assert.deepEqual(page, {
    name: "page",
    in: "query",
    required: true,
    schema: {
      allOf: [
        { type: "integer", minimum: 1 },
        { type: "integer", maximum: 10 },
      ],
    },
  });
});

test("headers that OpenAPI describes elsewhere are no parameters", async () => {
  const found = await parameters({
    authorization: header(z.string()),
    accept: header(z.string()),
    xReal: header(z.string()),
  });
  assert.deepEqual(
    found.map(({ name }) => name),
    ["x-real"],
  );
});
