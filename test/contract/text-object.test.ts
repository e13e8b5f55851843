import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { isObjectSchema, objectKeys } from "../../src/contract/object-keys.ts";
import { compileTextObjectReader } from "../../src/contract/text-object.ts";
import { failed, read } from "./outcomes.ts";

const snake = baseModel({ wireCase: "snake" });
const Paging = snake("Paging", {
  pageSize: z.int().min(1).max(100).default(20),
  tagNames: z.array(z.string()).default([]),
  sortBy: z.enum(["newest", "oldest"]).optional(),
});

describe("an object read from texts", () => {
  test("takes each property from the name it has on the wire", () => {
    const reader = compileTextObjectReader(Paging);
    assert.deepEqual(read(reader, { page_size: "5", tag_names: ["a", "b"] }), { pageSize: 5, tagNames: ["a", "b"] });
    assert.deepEqual(read(reader, { tag_names: "a", sort_by: "newest" }), {
      pageSize: 20,
      tagNames: ["a"],
      sortBy: "newest",
    });
    assert.deepEqual(read(reader, { pageSize: "5" }), { pageSize: 20, tagNames: [] });
  });

  test("takes each property from the name that `wireName` gives", () => {
    const wireName = (key: string): string => `x-${key.toLowerCase()}`;
    const reader = compileTextObjectReader(Paging.strict(), { wireName, list: "single" });
    assert.deepEqual(read(reader, { "x-pagesize": "5", "x-tagnames": "a, b", host: "other" }), {
      pageSize: 5,
      tagNames: ["a", "b"],
    });
    assert.deepEqual(failed(reader, { "x-pagesize": "0" }), [
      { path: ["x-pagesize"], code: "too_small", message: "Must be at least 1" },
    ]);
  });

  test("reports every problem at once", () => {
    const Wanted = z.object({ id: z.int(), name: z.string(), flag: z.boolean() });
    assert.deepEqual(
      failed(compileTextObjectReader(Wanted), { id: "x", flag: ["1", "0"] }).map((issue) => [
        issue.path[0],
        issue.code,
      ]),
      [
        ["flag", "repeated"],
        ["id", "int"],
        ["name", "missing"],
      ],
    );
  });

  test("refuses unknown names when strict, keeps them when loose, and can be told to drop them", () => {
    const Strict = z.strictObject({ a: z.string().optional() });
    assert.deepEqual(failed(compileTextObjectReader(Strict), { a: "1", b: "2" }), [
      { path: ["b"], code: "unknown_key", message: "Is not a known key" },
    ]);
    assert.deepEqual(read(compileTextObjectReader(Strict, { unknown: "drop" }), { a: "1", b: "2" }), { a: "1" });
    assert.deepEqual(read(compileTextObjectReader(z.looseObject({})), { b: ["1", "2"] }), { b: ["1", "2"] });
    assert.deepEqual(read(compileTextObjectReader(z.object({}).catchall(z.string())), { b: "1" }), { b: "1" });
  });

  test("does not find what every object inherits", () => {
    const Odd = z.object({ constructor: z.string().optional(), toString: z.string().optional() });
    assert.deepEqual(read(compileTextObjectReader(Odd), { a: "1" }), {});
    const raw = JSON.parse('{"__proto__": "x", "a": "1"}');
    const value = read(compileTextObjectReader(z.looseObject({ a: z.string() })), raw);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  test("is absent when it is optional and none of its names is there", () => {
    assert.equal(read(compileTextObjectReader(Paging.optional()), { other: "1" }), undefined);
    assert.deepEqual(read(compileTextObjectReader(z.object({ a: z.int() }).default({ a: 5 })), {}), { a: 5 });
    assert.deepEqual(read(compileTextObjectReader(z.object({ a: z.int() }).default({ a: 5 })), { a: "6" }), { a: 6 });
  });

  test("may be refined, transformed, intersected and a union", () => {
    const Range = z
      .object({ from: z.int(), to: z.int() })
      .refine((range) => range.from <= range.to, "Ends before it begins");
    assert.deepEqual(failed(compileTextObjectReader(Range), { from: "2", to: "1" }), [
      { path: [], code: "custom", message: "Ends before it begins" },
    ]);
    const Sum = z.object({ a: z.int(), b: z.int() }).transform(({ a, b }) => a + b);
    assert.equal(read(compileTextObjectReader(Sum), { a: "1", b: "2" }), 3);
    assert.deepEqual(
      read(compileTextObjectReader(Paging.and(z.object({ q: z.string() }))), { page_size: "3", q: "x" }),
      {
        pageSize: 3,
        tagNames: [],
        q: "x",
      },
    );
    const Either = z.discriminatedUnion("by", [
      snake("ById", { by: z.literal("id"), theId: z.int() }),
      snake("ByName", { by: z.literal("name"), theName: z.string() }),
    ]);
    assert.deepEqual(read(compileTextObjectReader(Either), { by: "id", the_id: "7" }), { by: "id", theId: 7 });
  });

  test("accepts both names where the base does", () => {
    const both = baseModel({ wireCase: "snake", acceptBoth: true });
    const reader = compileTextObjectReader(both("Both", { pageSize: z.int() }));
    assert.deepEqual(read(reader, { pageSize: "1" }), { pageSize: 1 });
    assert.deepEqual(read(reader, { page_size: "1" }), { pageSize: 1 });
    assert.equal(failed(reader, { page_size: "1", pageSize: "2" })[0]?.code, "conflict");
  });
});

describe("objectKeys", () => {
  test("lists the properties with their names on the wire", () => {
    assert.deepEqual(
      objectKeys(Paging.extend({ userId: z.int() })).map(({ key, wire, list, required }) => ({
        key,
        wire,
        list,
        required,
      })),
      [
        { key: "pageSize", wire: "page_size", list: false, required: false },
        { key: "tagNames", wire: "tag_names", list: true, required: false },
        { key: "sortBy", wire: "sort_by", list: false, required: false },
        { key: "userId", wire: "user_id", list: false, required: true },
      ],
    );
  });

  test("looks behind optionality and into every form of a union", () => {
    const Either = z.union([z.object({ a: z.int(), c: z.int() }), z.object({ b: z.int(), c: z.int() })]);
    assert.deepEqual(
      objectKeys(Either).map(({ key, required }) => [key, required]),
      [
        ["a", false],
        ["c", true],
        ["b", false],
      ],
    );
    assert.deepEqual(
      objectKeys(Either.optional()).map(({ required }) => required),
      [false, false, false],
    );
  });

  test("tells objects from other schemas", () => {
    for (const schema of [
      Paging,
      Paging.optional(),
      Paging.readonly(),
      Paging.transform(String),
      z.lazy(() => Paging),
    ]) {
      assert.equal(isObjectSchema(schema), true);
    }
    for (const schema of [z.int(), z.array(Paging), z.union([Paging, z.int()]), z.record(z.string(), z.int())]) {
      assert.equal(isObjectSchema(schema), false);
    }
  });
});
