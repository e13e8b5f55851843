import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { compileDecoder } from "../../src/contract/decode.ts";
import { compileEncoder } from "../../src/contract/encode.ts";
import { model, modelInfo } from "../../src/contract/model.ts";
import { KilnError } from "../../src/errors/kiln-error.ts";
import { failed, json, read } from "./outcomes.ts";

const snake = baseModel({ wireCase: "snake" });

describe("model", () => {
  const Post = model("Post", { id: z.int(), title: z.string().min(1), tagList: z.array(z.string()) });

  test("is a Zod object whose methods work", () => {
    const Changes = Post.pick({ title: true }).partial();
    assert.deepEqual(Changes.parse({ title: "a", id: 1 }), { title: "a" });
    assert.deepEqual(
      Post.omit({ tagList: true }).extend({ more: z.boolean() }).parse({ id: 1, title: "a", more: true }),
      {
        id: 1,
        title: "a",
        more: true,
      },
    );
    assert.equal(Post.shape.title.safeParse("").success, false);
  });

  test("has a name, and what is derived from it has none", () => {
    assert.equal(modelInfo(Post)?.name, "Post");
    assert.equal(modelInfo(Post.pick({ id: true }))?.name, undefined);
    assert.equal(modelInfo(model("PostId", Post.pick({ id: true })))?.name, "PostId");
    assert.equal(modelInfo(z.object({})), undefined);
  });

  test("keeps its keys on the wire", () => {
    assert.equal(modelInfo(Post)?.wireName("tagList"), "tagList");
    assert.deepEqual(read(compileDecoder(Post), { id: 1, title: "a", tagList: [] }), {
      id: 1,
      title: "a",
      tagList: [],
    });
  });

  test("keeps the description of the object it names", () => {
    const Named = model("Named", z.object({ a: z.int() }).describe("said"));
    assert.equal(Named.description, "said");
  });

  test("drops unknown keys and refuses them when strict", () => {
    assert.deepEqual(read(compileDecoder(Post), { id: 1, title: "a", tagList: [], x: 1 }), {
      id: 1,
      title: "a",
      tagList: [],
    });
    assert.deepEqual(failed(compileDecoder(Post.strict()), { id: 1, title: "a", tagList: [], x: 1 }), [
      { path: ["x"], code: "unknown_key", message: "Is not a known key" },
    ]);
  });
});

describe("aliases", () => {
  const Address = snake("Address", { zipCode: z.string().regex(/^\d+$/), streetName: z.string().optional() });
  const User = snake("User", {
    firstName: z.string().min(2),
    homeAddress: Address,
    otherAddresses: z.array(Address).default([]),
    byName: z.record(z.string(), Address).optional(),
    eitherWay: z.union([z.int(), Address]).optional(),
  });
  const wire = {
    first_name: "Ada",
    home_address: { zip_code: "1", street_name: "A" },
    other_addresses: [{ zip_code: "2" }],
    by_name: { someName: { zip_code: "3" } },
    either_way: { zip_code: "4" },
  };
  const own = {
    firstName: "Ada",
    homeAddress: { zipCode: "1", streetName: "A" },
    otherAddresses: [{ zipCode: "2" }],
    byName: { someName: { zipCode: "3" } },
    eitherWay: { zipCode: "4" },
  };

  test("apply in both directions at every depth", () => {
    assert.deepEqual(read(compileDecoder(User), wire), own);
    assert.deepEqual(json(compileEncoder(User), own), wire);
  });

  test("apply where Zod is used without Kiln", () => {
    assert.deepEqual(User.parse(wire), own);
    assert.deepEqual(z.encode(User, own), wire);
    assert.deepEqual(z.array(User).safeParse([wire]).data, [own]);
  });

  test("apply when Zod compiles ahead of time", () => {
    assert.deepEqual(z.compile(z.array(User)).parse([wire]), [own]);
    assert.equal(z.compile(User).safeParse(own).success, false);
  });

  test("name the wire in errors", () => {
    const bad = {
      first_name: "A",
      home_address: { zip_code: "x" },
      other_addresses: [{}],
      by_name: { k: { zip_code: 1 } },
    };
    assert.deepEqual(
      failed(compileDecoder(User), bad).map((issue) => issue.path),
      [["first_name"], ["home_address", "zip_code"], ["other_addresses", 0, "zip_code"], ["by_name", "k", "zip_code"]],
    );
  });

  test("do not let the keys themselves in", () => {
    assert.deepEqual(failed(compileDecoder(Address), { zipCode: "1" }), [
      { path: ["zip_code"], code: "missing", message: "Is missing" },
    ]);
    assert.deepEqual(failed(compileDecoder(Address.strict()), { zip_code: "1", zipCode: "1" }), [
      { path: ["zipCode"], code: "unknown_key", message: "Is not a known key" },
    ]);
    assert.deepEqual(read(compileDecoder(Address.loose()), { zip_code: "1", zipCode: "2", other_key: 3 }), {
      zipCode: "1",
      other_key: 3,
    });
  });

  test("survive what Zod derives", () => {
    const derived = {
      extend: Address.extend({ poBox: z.string().optional() }),
      pick: User.pick({ firstName: true }),
      omit: User.omit({ homeAddress: true, otherAddresses: true, byName: true, eitherWay: true }),
      partial: User.partial(),
      required: Address.required(),
      strict: Address.strict(),
      describe: Address.describe("said"),
      refine: Address.refine(() => true),
      named: model("Named", Address.pick({ zipCode: true })),
    };
    for (const [how, schema] of Object.entries(derived)) {
      assert.equal(modelInfo(schema)?.wireName("zipCode"), "zip_code", how);
    }
    assert.deepEqual(derived.extend.parse({ zip_code: "1", po_box: "2" }), { zipCode: "1", poBox: "2" });
    assert.deepEqual(derived.partial.parse({ first_name: "Ada" }), { firstName: "Ada", otherAddresses: [] });
    assert.deepEqual(derived.named.parse({ zip_code: "1" }), { zipCode: "1" });
  });

  test("apply to objects without a name inside of a model, not around it", () => {
    const Page = snake("Page", {
      pageInfo: z.object({ nextCursor: z.string().nullable(), lastPage: z.object({ isFull: z.boolean() }) }),
    });
    const wirePage = { page_info: { next_cursor: null, last_page: { is_full: true } } };
    assert.deepEqual(Page.parse(wirePage), { pageInfo: { nextCursor: null, lastPage: { isFull: true } } });
    assert.deepEqual(json(compileEncoder(Page), Page.parse(wirePage)), wirePage);
    assert.deepEqual(
      failed(compileDecoder(Page), { page_info: { next_cursor: 1, last_page: {} } }).map((issue) => issue.path),
      [
        ["page_info", "next_cursor"],
        ["page_info", "last_page", "is_full"],
      ],
    );
    const Around = z.object({ theAddress: Address });
    assert.deepEqual(Around.parse({ theAddress: { zip_code: "1" } }), { theAddress: { zipCode: "1" } });
  });

  test("leave models of another base alone", () => {
    const Plain = model("Plain", { someKey: z.int() });
    const Outer = snake("Outer", { thePlain: Plain });
    assert.deepEqual(Outer.parse({ the_plain: { someKey: 1 } }), { thePlain: { someKey: 1 } });
    assert.deepEqual(json(compileEncoder(Outer), { thePlain: { someKey: 1 } }), { the_plain: { someKey: 1 } });
  });

  test("name the wire where a refinement names a key", () => {
    const Passwords = snake("Passwords", {
      newPassword: z.string(),
      repeatedBy: z.object({ theUser: z.string() }).optional(),
    })
      .refine((value) => value.newPassword !== "bad", { path: ["newPassword"], error: "Is bad" })
      .refine((value) => value.repeatedBy?.theUser !== "me", { path: ["repeatedBy", "theUser"], error: "Is me" });
    const decode = compileDecoder(z.object({ inside: Passwords }));
    assert.deepEqual(failed(decode, { inside: { new_password: "bad", repeated_by: { the_user: "me" } } }), [
      { path: ["inside", "new_password"], code: "custom", message: "Is bad" },
      { path: ["inside", "repeated_by", "the_user"], code: "custom", message: "Is me" },
    ]);
  });

  test("never assign to a prototype", () => {
    const Loose = snake("Loose", { someKey: z.int().optional() }).loose();
    const value = read(compileDecoder(Loose), JSON.parse('{"__proto__": {"polluted": true}, "some_key": 1}'));
    assert.deepEqual(Object.keys(value as object), ["someKey"]);
    assert.equal((value as { polluted?: boolean }).polluted, undefined);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  test("do not find what every object inherits", () => {
    const Odd = baseModel({ wireCase: (key) => (key === "made" ? "constructor" : key) })("Odd", { made: z.string() });
    assert.deepEqual(failed(compileDecoder(Odd), {}), [
      { path: ["constructor"], code: "missing", message: "Is missing" },
    ]);
    assert.deepEqual(read(compileDecoder(Odd), { constructor: "x" }), { made: "x" });
  });
});

describe("wire cases", () => {
  const named = (wireCase: "camel" | "snake", ...keys: string[]): string[] => {
    const base = baseModel({ wireCase })("Any", {});
    return keys.map((key) => modelInfo(base)?.wireName(key) ?? "");
  };

  test("snake", () => {
    assert.deepEqual(named("snake", "createdAt", "userID", "URLPath", "line2Text", "a", "already_so", "_id"), [
      "created_at",
      "user_id",
      "url_path",
      "line2_text",
      "a",
      "already_so",
      "_id",
    ]);
  });

  test("camel", () => {
    assert.deepEqual(named("camel", "created_at", "alreadySo", "_id", "a_b_c"), [
      "createdAt",
      "alreadySo",
      "_id",
      "aBC",
    ]);
  });

  test("a function", () => {
    const Shout = baseModel({ wireCase: (key) => key.toUpperCase() })("Shout", { a: z.int() });
    assert.deepEqual(Shout.parse({ A: 1 }), { a: 1 });
  });

  test("must give each key a name of its own", () => {
    const make = (): unknown => snake("Twice", { userId: z.int(), user_id: z.int() });
    assert.throws(make, (error) => error instanceof KilnError && error.code === "KILN_MODEL_WIRE_NAME");
    const empty = baseModel({ wireCase: () => "" });
    assert.throws(
      () => empty("Empty", { a: z.int() }),
      /KILN_MODEL_WIRE_NAME in model\("Empty"\): "a" would be named "" /,
    );
  });
});

describe("acceptBoth", () => {
  const both = baseModel({ wireCase: "snake", acceptBoth: true });
  const Item = both("Item", { itemId: z.int(), tagNames: z.array(z.string()).optional() });
  const decode = compileDecoder(Item);

  test("reads either name and writes the one on the wire", () => {
    assert.deepEqual(read(decode, { item_id: 1 }), { itemId: 1 });
    assert.deepEqual(read(decode, { itemId: 1, tag_names: [] }), { itemId: 1, tagNames: [] });
    assert.deepEqual(json(compileEncoder(Item), { itemId: 1 }), { item_id: 1 });
  });

  test("takes both when they agree, and refuses them when they do not", () => {
    assert.deepEqual(read(decode, { itemId: 1, item_id: 1, tagNames: ["a"], tag_names: ["a"] }), {
      itemId: 1,
      tagNames: ["a"],
    });
    assert.deepEqual(failed(decode, { itemId: 1, item_id: 2 }), [
      {
        path: ["item_id"],
        code: "conflict",
        message: 'Is given twice with different values, as "item_id" and as "itemId"',
      },
    ]);
  });

  test("knows both names when strict", () => {
    assert.deepEqual(read(compileDecoder(Item.strict()), { itemId: 1 }), { itemId: 1 });
  });
});
