import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { assertEncodable, assertJsonReadable } from "../../src/contract/assertions.ts";
import { baseModel } from "../../src/contract/base-model.ts";
import { date, datetime } from "../../src/contract/date-fields.ts";
import { bytes, decimal, objectId, secret } from "../../src/contract/fields.ts";
import type { KilnErrorCode } from "../../src/errors/catalogue.ts";
import { KilnError } from "../../src/errors/kiln-error.ts";

const where = 'posts.get("/")';

function throws(run: () => void, code: KilnErrorCode, what: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof KilnError);
    assert.equal(error.code, code);
    assert.ok(error.message.includes(`in ${where}: "${what}"`), error.message);
    return true;
  });
}

const Node = baseModel({ wireCase: "snake" })("Node", {
  at: datetime(),
  get childNodes() {
    return z.array(Node);
  },
});

const fine = z.object({
  list: z.array(z.union([z.string().trim(), z.int().default(1), z.null()])),
  fields: z.tuple([datetime(), date(), decimal(), objectId(), bytes(), secret()]),
  codec: z.codec(z.string(), z.map(z.string(), z.int()), { decode: () => new Map(), encode: () => "" }),
  node: Node,
  lazy: z.lazy(() => z.record(z.string(), z.int().catch(0))),
});

describe("assertEncodable", () => {
  test("lets through what can be written", () => {
    assertEncodable(fine, where);
    assertEncodable(z.object({ at: z.date(), big: z.bigint(), clean: z.preprocess(String, z.string()) }), where);
  });

  test("names a transform that has no way back", () => {
    const oneWay = z.object({ posts: z.array(z.object({ slug: z.string().transform((text) => text.length) })) });
    throws(() => assertEncodable(oneWay, where), "KILN_MODEL_ONE_WAY", "posts[].slug (transform)");
    throws(() => assertEncodable(z.string().transform(Number), where), "KILN_MODEL_ONE_WAY", "transform");
  });

  test("names a type that JSON does not have", () => {
    throws(() => assertEncodable(z.object({ tags: z.set(z.string()) }), where), "KILN_MODEL_NOT_JSON", "tags (set)");
    throws(
      () => assertEncodable(z.record(z.string(), z.map(z.string(), z.int())), where),
      "KILN_MODEL_NOT_JSON",
      "* (map)",
    );
  });
});

describe("assertJsonReadable", () => {
  test("lets through what JSON can match", () => {
    assertJsonReadable(fine, where);
    assertJsonReadable(
      z.object({ a: z.coerce.date(), b: z.union([z.date(), z.iso.datetime()]), c: z.preprocess(Number, z.date()) }),
      where,
    );
    assertJsonReadable(z.object({ slug: z.string().transform((text) => text.length) }), where);
  });

  test("names what no body can match", () => {
    throws(() => assertJsonReadable(z.object({ at: z.date() }), where), "KILN_MODEL_NOT_JSON", "at (date)");
    throws(() => assertJsonReadable(z.array(z.bigint()), where), "KILN_MODEL_NOT_JSON", "[] (bigint)");
    throws(
      () => assertJsonReadable(z.object({ a: z.instanceof(URL).optional() }), where),
      "KILN_MODEL_NOT_JSON",
      "a (custom)",
    );
    assert.throws(() => assertJsonReadable(z.object({ at: z.date() }), where), /Use `datetime\(\)` or `date\(\)`/);
  });
});
