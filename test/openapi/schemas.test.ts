import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { datetime } from "../../src/contract/date-fields.ts";
import { body } from "../../src/contract/inputs.ts";
import { model } from "../../src/contract/model.ts";
import { KilnError } from "../../src/errors/kiln-error.ts";
import { buildDocument } from "../../src/openapi/document.ts";
import type { OpenApiDocument, SchemaObject } from "../../src/openapi/document-types.ts";
import { route } from "./routes.ts";
import { assertValid } from "./valid.ts";

/** A document with one route that takes and one that gives. */
function describe(taken: z.ZodType | undefined, given: z.ZodType | undefined): OpenApiDocument {
  const routes = [
    ...(taken === undefined ? [] : [route({ method: "POST", path: "/take", needs: { it: body(taken) } })]),
    ...(given === undefined ? [] : [route({ method: "GET", path: "/give", options: { returns: given } })]),
  ];
  return buildDocument(routes, { title: "Test", version: "1" });
}

/** The components that are not Kiln's own. */
function models(document: OpenApiDocument): Readonly<Record<string, SchemaObject>> {
  const { Problem, ValidationProblem, ...own } = document.components?.schemas ?? {};
  return own;
}

function given(document: OpenApiDocument): SchemaObject | undefined {
  return document.paths["/give"]?.get?.responses["200"]?.content?.["application/json"]?.schema;
}

function taken(document: OpenApiDocument): SchemaObject | undefined {
  return document.paths["/take"]?.post?.requestBody?.content["application/json"]?.schema;
}

test("a model is a component under its name, and what nests it refers to it", async () => {
  const Author = model("Author", { name: z.string() });
  const Post = model("Post", { title: z.string(), author: Author, others: z.array(Author).optional() });
  const document = describe(undefined, Post);
  assert.deepEqual(given(document), { $ref: "#/components/schemas/Post" });
  const author = { $ref: "#/components/schemas/Author" };
  assert.deepEqual(models(document), {
    Author: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
    Post: {
      type: "object",
      properties: { title: { type: "string" }, author, others: { type: "array", items: author } },
      required: ["title", "author"],
    },
  });
  await assertValid(document);
});

test("Zod's own id is a name as well, and a schema without a name is described where it stands", async () => {
  const document = describe(z.object({ a: z.int() }), z.object({ b: z.int() }).meta({ id: "Named" }));
  assert.deepEqual(Object.keys(models(document)), ["Named"]);
  assert.deepEqual(taken(document), { type: "object", properties: { a: { type: "integer" } }, required: ["a"] });
  await assertValid(document);
});

test("a model that is the same in both directions is one component", () => {
  const Post = model("Post", { title: z.string(), at: datetime(), tags: z.array(z.string()) });
  const document = describe(Post, Post);
  assert.deepEqual(Object.keys(models(document)), ["Post"]);
  assert.deepEqual(given(document), taken(document));
});

test("a model that differs has a variant for what is sent", async () => {
  const Post = model("Post", { title: z.string(), draft: z.boolean().default(true) });
  const document = describe(Post, Post);
  assert.deepEqual(models(document).Post?.required, ["title", "draft"]);
  assert.deepEqual(models(document).PostInput?.required, ["title"]);
  assert.deepEqual(given(document), { $ref: "#/components/schemas/Post" });
  assert.deepEqual(taken(document), { $ref: "#/components/schemas/PostInput" });
  await assertValid(document);
});

test("a difference below makes variants of what contains it, and of nothing else", () => {
  const Inner = model("Inner", { a: z.int().default(1) });
  const Same = model("Same", { b: z.int() });
  const Outer = model("Outer", { inner: Inner, same: Same });
  assert.deepEqual(Object.keys(models(describe(Outer, Outer))), ["Inner", "InnerInput", "Outer", "OuterInput", "Same"]);
});

test("a model that is only sent needs no variant", () => {
  const Post = model("Post", { draft: z.boolean().default(true) });
  assert.deepEqual(Object.keys(models(describe(Post, undefined))), ["Post"]);
});

test("recursive models refer to themselves, in both directions", async () => {
  const Category = model("Category", {
    name: z.string(),
    get below(): z.ZodArray<z.ZodType> {
      return z.array(Category);
    },
  });
  const document = describe(Category, Category);
  assert.deepEqual(Object.keys(models(document)), ["Category"]);
  assert.deepEqual(models(document).Category?.properties, {
    name: { type: "string" },
    below: { type: "array", items: { $ref: "#/components/schemas/Category" } },
  });
  await assertValid(document);
});

test("models that refer to each other are compared through the circle", () => {
  const circle = (leaf: z.ZodType): z.ZodType => {
    const A: z.ZodType = model("A", {
      get b(): z.ZodType {
        return B.optional();
      },
    });
    const B: z.ZodType = model("B", {
      leaf,
      get a(): z.ZodType {
        return A;
      },
    });
    return A;
  };
  const same = circle(z.int());
  assert.deepEqual(Object.keys(models(describe(same, same))), ["A", "B"]);
  const differs = circle(z.int().default(1));
  assert.deepEqual(Object.keys(models(describe(differs, differs))), ["A", "AInput", "B", "BInput"]);
});

test("a recursive schema without a name gets one", async () => {
  const Tree = z.object({
    get children(): z.ZodArray<z.ZodType> {
      return z.array(Tree);
    },
  });
  const document = describe(Tree, Tree);
  assert.deepEqual(Object.keys(models(document)), ["Schema1"]);
  await assertValid(document);
});

test("discriminated unions of models have a discriminator, under its name on the wire", async () => {
  const Base = baseModel({ wireCase: "snake" });
  const Cat = Base("Cat", { petKind: z.literal("cat") });
  const Dog = Base("Dog", { petKind: z.enum(["dog", "puppy"]) });
  const document = describe(undefined, z.discriminatedUnion("petKind", [Cat, Dog]));
  const [cat, dog] = ["#/components/schemas/Cat", "#/components/schemas/Dog"];
  assert.deepEqual(given(document), {
    oneOf: [{ $ref: cat }, { $ref: dog }],
    discriminator: { propertyName: "pet_kind", mapping: { cat, dog, puppy: dog } },
  });
  await assertValid(document);
});

test("a union with an option that has no name goes without a discriminator", async () => {
  const A = model("A", { kind: z.literal("a") });
  const document = describe(undefined, z.discriminatedUnion("kind", [A, z.object({ kind: z.literal("b") })]));
  assert.equal(given(document)?.discriminator, undefined);
  await assertValid(document);
});

test("derived models are described where they stand until they are named", () => {
  const Post = model("Post", { id: z.int(), title: z.string() });
  const document = describe(Post.pick({ title: true }).partial(), Post);
  assert.deepEqual(taken(document), { type: "object", properties: { title: { type: "string" } } });
  assert.deepEqual(Object.keys(models(document)), ["Post"]);
});

test("a described copy of a model refers to it", () => {
  const Post = model("Post", { title: z.string() });
  const document = describe(z.object({ best: Post.describe("The best one") }), Post);
  assert.deepEqual(taken(document)?.properties, {
    best: { $ref: "#/components/schemas/Post", description: "The best one" },
  });
});

test("two models of one name that say the same share it", () => {
  const document = describe(model("Same", { a: z.int() }), model("Same", { a: z.int() }));
  assert.deepEqual(Object.keys(models(document)), ["Same"]);
});

for (const [what, first, second] of [
  ["in one direction", undefined, [model("Item", { a: z.int() }), model("Item", { b: z.int() })]],
  ["in either direction", model("Item", { a: z.int() }), [model("Item", { b: z.int() })]],
  ["one of them a variant", model("Item", { a: z.int() }), [model("Item", { a: z.int().default(1) })]],
] as const) {
  test(`two models of one name that differ are refused, ${what}, with a route for each`, () => {
    const routes = [
      ...(first === undefined ? [] : [route({ method: "POST", path: "/first", needs: { it: body(first) } })]),
      ...second.map((returns, index) => route({ method: "GET", path: `/${index}`, options: { returns } })),
    ];
    assert.throws(
      () => buildDocument(routes, { title: "Test", version: "1" }),
      (error) =>
        error instanceof KilnError &&
        error.code === "KILN_OPENAPI_NAME_CLASH" &&
        error.message.includes('"Item"') &&
        routes.every(({ where }) => error.message.includes(where)),
    );
  });
}

test("the name of a variant may not be that of another model", () => {
  const Post = model("Post", { draft: z.boolean().default(true), other: model("PostInput", { a: z.int() }) });
  assert.throws(() => describe(Post, Post), { code: "KILN_OPENAPI_NAME_CLASH" });
});

test("a model may be called Problem: Kiln's own then gives way", async () => {
  const document = describe(model("Problem", { mine: z.boolean() }), undefined);
  assert.deepEqual(Object.keys(document.components?.schemas ?? {}), ["KilnProblem", "Problem", "ValidationProblem"]);
  await assertValid(document);
});

test("names become what OpenAPI allows", async () => {
  const document = describe(undefined, z.object({}).meta({ id: "Page<Post, Übersicht>" }));
  assert.deepEqual(Object.keys(models(document)), ["Page_Post_bersicht"]);
  await assertValid(document);
});

test("codecs are described by the wire in both directions", async () => {
  const Item = model("Item", { a: z.int() });
  const seconds = z.codec(z.int(), z.date(), { decode: (s) => new Date(s * 1000), encode: (d) => d.getTime() / 1000 });
  const byId = z.codec(z.array(Item), z.map(z.int(), Item), {
    decode: (list) => new Map(list.map((item) => [item.a, item])),
    encode: (map) => [...map.values()],
  });
  const Both = model("Both", { at: seconds.describe("When"), byId, on: datetime() });
  const document = describe(Both, Both);
  assert.deepEqual(Object.keys(models(document)), ["Both", "Item"]);
  assert.deepEqual(models(document).Both?.properties, {
    at: { type: "integer", description: "When" },
    byId: { type: "array", items: { $ref: "#/components/schemas/Item" } },
    on: { type: "string", format: "date-time" },
  });
  await assertValid(document);
});

test("what a codec reads may be recursive without a name", async () => {
  const Tree = z.object({
    get below(): z.ZodArray<z.ZodType> {
      return z.array(Tree);
    },
  });
  const count = z.codec(Tree, z.int(), { decode: (tree) => tree.below.length, encode: () => ({ below: [] }) });
  const document = describe(undefined, z.object({ first: count, second: z.array(count), plain: Tree }));
  assert.deepEqual(Object.keys(models(document)), ["Schema1"]);
  await assertValid(document);
});

test("strict objects refuse further keys in the document, others do not", () => {
  const document = describe(z.strictObject({ a: z.int() }), z.object({ a: z.int() }));
  assert.equal(taken(document)?.additionalProperties, false);
  assert.equal(given(document)?.additionalProperties, undefined);
});

test("patterns of known formats are left out, those of the user are not", () => {
  const document = describe(undefined, z.object({ id: z.uuid(), mail: z.email(), code: z.string().regex(/^[A-Z]+$/) }));
  assert.deepEqual(given(document)?.properties, {
    id: { type: "string", format: "uuid" },
    mail: { type: "string", format: "email" },
    code: { type: "string", pattern: "^[A-Z]+$" },
  });
});

test("a default that is made anew each time is not shown", () => {
  const document = describe(
    z.object({
      id: z.uuid().default(() => randomUUID()),
      at: z.iso.datetime().default(() => new Date().toISOString()),
      fixed: z.string().default("x"),
    }),
    undefined,
  );
  assert.deepEqual(taken(document)?.properties, {
    id: { type: "string", format: "uuid" },
    at: { type: "string", format: "date-time" },
    fixed: { type: "string", default: "x" },
  });
});

test("a property may be called like what every object inherits", async () => {
  const shape = JSON.parse('{"__proto__": 1, "constructor": 1}') as Record<string, unknown>;
  const schema = z.object(Object.fromEntries(Object.keys(shape).map((key) => [key, z.int()])));
  const document = describe(undefined, schema);
  assert.deepEqual(Object.keys(given(document)?.properties ?? {}), ["__proto__", "constructor"]);
  await assertValid(document);
});
