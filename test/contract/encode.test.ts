import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { datetime } from "../../src/contract/date-fields.ts";
import { compileEncoder } from "../../src/contract/encode.ts";
import { model } from "../../src/contract/model.ts";
import { failed, json } from "./outcomes.ts";

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

describe("an encoder", () => {
  const Post = model("Post", { id: z.int(), title: z.string().min(1), at: datetime().optional() });

  test("checks, drops unknown keys and encodes", () => {
    const encode = compileEncoder(Post);
    assert.deepEqual(json(encode, { id: 1, title: "a", secret: "s", at: new Date(0) }), {
      id: 1,
      title: "a",
      at: "1970-01-01T00:00:00.000Z",
    });
    assert.deepEqual(failed(encode, { id: "1", title: "", at: "now" }), [
      { path: ["id"], code: "invalid_type", message: "Must be an integer" },
      { path: ["title"], code: "too_small", message: "Must have at least 1 character" },
      { path: ["at"], code: "invalid_type", message: "Must be a date" },
    ]);
  });

  test("takes class instances with getters", () => {
    class Row {
      get id(): number {
        return 1;
      }
      readonly title = "a";
    }
    assert.deepEqual(json(compileEncoder(Post), new Row()), { id: 1, title: "a" });
  });

  test("names keys as the program does in what it finds", () => {
    const snake = baseModel({ wireCase: "snake" });
    const Outer = snake("Outer", { theList: z.array(snake("Inner", { theValue: z.int() })) });
    assert.deepEqual(failed(compileEncoder(Outer), { theList: [{ theValue: 1 }, { theValue: "x" }] })[0]?.path, [
      "theList",
      1,
      "theValue",
    ]);
  });

  test("writes what a default stands for", () => {
    const WithDefaults = z.object({
      at: datetime().default(new Date(0)),
      n: z.int().default(1),
      by: datetime().prefault("1970-01-01T00:00:01Z"),
    });
    assert.deepEqual(json(compileEncoder(WithDefaults), {}), {
      at: "1970-01-01T00:00:00.000Z",
      n: 1,
      by: "1970-01-01T00:00:01.000Z",
    });
  });

  test("does not cover up a wrong value with a catch", () => {
    assert.equal(failed(compileEncoder(z.object({ n: z.int().catch(0) })), { n: "x" })[0]?.path[0], "n");
    assert.deepEqual(json(compileEncoder(z.object({ n: z.int().catch(0) })), { n: 5 }), { n: 5 });
  });

  test("leaves out what z.preprocess cleans up", () => {
    const schema = z.object({ n: z.preprocess((value) => Number(value), z.int()) });
    assert.deepEqual(json(compileEncoder(schema), { n: 5 }), { n: 5 });
    assert.equal(failed(compileEncoder(schema), { n: "5" })[0]?.code, "invalid_type");
  });

  test("runs refinements once, on the value as the program has it", () => {
    const seen: unknown[] = [];
    const snake = baseModel({ wireCase: "snake" });
    const Range = snake("Range", { fromDay: datetime(), toDay: datetime() }).refine((range) => {
      seen.push(range.fromDay);
      return range.fromDay <= range.toDay;
    }, "Ends before it begins");
    const encode = compileEncoder(z.array(Range).min(1));
    assert.deepEqual(json(encode, [{ fromDay: new Date(0), toDay: new Date(1) }]), [
      { from_day: "1970-01-01T00:00:00.000Z", to_day: "1970-01-01T00:00:00.001Z" },
    ]);
    assert.deepEqual(seen, [new Date(0)]);
    assert.equal(failed(encode, [{ fromDay: new Date(1), toDay: new Date(0) }])[0]?.message, "Ends before it begins");
    assert.equal(failed(encode, [])[0]?.code, "too_small");
  });

  test("does not run a refinement on a value of the wrong shape", () => {
    const schema = z.object({ at: datetime() }).refine((value) => value.at.getTime() > 0);
    assert.deepEqual(failed(compileEncoder(schema), {})[0]?.code, "missing");
  });

  test("writes what an overwriting check makes of a value", () => {
    assert.deepEqual(json(compileEncoder(z.object({ name: z.string().trim() })), { name: " a " }), { name: "a" });
    const first = z.array(datetime()).overwrite((dates) => dates.slice(0, 1));
    assert.deepEqual(json(compileEncoder(first), [new Date(0), new Date(1)]), ["1970-01-01T00:00:00.000Z"]);
  });

  test("runs codecs backward, also one inside of another", () => {
    const cents = z.codec(z.string(), z.number(), { decode: Number, encode: (value) => value.toFixed(2) });
    const wrapped = z.codec(cents, z.instanceof(Money), {
      decode: (value) => new Money(value * 100),
      encode: (money) => money.cents / 100,
    });
    assert.deepEqual(json(compileEncoder(z.object({ price: wrapped })), { price: new Money(995) }), { price: "9.95" });
    const text = z.codec(z.string(), z.object({ at: z.date() }), {
      decode: (value) => JSON.parse(value),
      encode: (value) => String(value.at.getTime()),
    });
    assert.equal(json(compileEncoder(text), { at: new Date(7) }), "7");
  });

  test("waits for asynchronous refinements and codecs", async () => {
    const slow = z.codec(z.string(), z.number(), {
      decode: async (value) => Number(value),
      encode: async (value) => String(value),
    });
    const encode = compileEncoder(
      z.object({ a: slow, b: z.int().refine((value) => Promise.resolve(value > 0), "Not positive") }),
    );
    assert.deepEqual(await encode({ a: 1, b: 1 }), { ok: true, text: '{"a":"1","b":1}' });
    assert.deepEqual(await encode({ a: 1, b: 0 }), {
      ok: false,
      issues: [{ path: ["b"], code: "custom", message: "Not positive" }],
    });
  });

  test("an asynchronous refinement that fails is no unhandled rejection", async () => {
    const encode = compileEncoder(z.object({ b: z.int().refine(() => Promise.reject(new Error("database is down"))) }));
    await assert.rejects(async () => encode({ b: 1 }), /database is down/);
    await assert.rejects(async () => encode({ b: 1 }), /database is down/);
  });

  test("writes null for nothing at all", () => {
    assert.equal(json(compileEncoder(z.undefined()), undefined), null);
    assert.equal(json(compileEncoder(z.int().optional()), undefined), null);
  });

  test("says so when JSON cannot hold a value that the schema lets through", () => {
    assert.equal(failed(compileEncoder(z.object({ any: z.unknown() })), { any: 1n })[0]?.code, "not_json");
    const circle: unknown[] = [];
    circle.push(circle);
    assert.equal(failed(compileEncoder(z.unknown()), circle)[0]?.code, "not_json");
  });
});

describe("dates and bigints without a field", () => {
  test("are written as text", () => {
    const Plain = model("Plain", { at: z.date(), big: z.bigint(), fixed: z.literal(5n) });
    assert.deepEqual(json(compileEncoder(Plain), { at: new Date(0), big: 12345678901234567890n, fixed: 5n }), {
      at: "1970-01-01T00:00:00.000Z",
      big: "12345678901234567890",
      fixed: "5",
    });
  });
});

describe("encoders of a base model", () => {
  const apiModel = baseModel({
    encode: [
      [Money, (money) => `${money.cents} c`],
      [Point, (point) => [point.x]],
      [Date, (date) => date.getTime()],
    ],
  });
  const Sale = apiModel("Sale", {
    price: z.instanceof(Money),
    at: z.date(),
    path: z.array(z.instanceof(Point)).optional(),
    byDay: z
      .record(
        z.string(),
        z.custom<Money>((value) => value instanceof Money),
      )
      .optional(),
    either: z.union([z.int(), z.instanceof(Money)]).optional(),
    rest: z.unknown(),
    inside: z.object({ money: z.instanceof(Money).nullable() }).optional(),
  });

  test("write instances wherever they stand", () => {
    const value = {
      price: new Money(1),
      at: new Date(5),
      path: [new Point(1), new Point(2)],
      byDay: { mon: new Money(2) },
      either: new Money(3),
      rest: { list: [new Money(4), "text", { deep: new Date(6) }], none: null },
      inside: { money: new Money(5) },
    };
    const written = {
      price: "1 c",
      at: 5,
      path: [[1], [2]],
      byDay: { mon: "2 c" },
      either: "3 c",
      rest: { list: ["4 c", "text", { deep: 6 }], none: null },
      inside: { money: "5 c" },
    };
    assert.deepEqual(json(compileEncoder(Sale), value), written);
    assert.deepEqual(z.encode(z.array(Sale), [value]), [written]);
  });

  test("leave fields with a codec of their own alone, and models of another base", () => {
    const Mixed = apiModel("Mixed", { at: datetime(), other: model("Other", { at: z.date() }) });
    assert.deepEqual(json(compileEncoder(Mixed), { at: new Date(0), other: { at: new Date(0) } }), {
      at: "1970-01-01T00:00:00.000Z",
      other: { at: "1970-01-01T00:00:00.000Z" },
    });
  });

  test("survive what Zod derives, and go with aliases", () => {
    const both = baseModel({ wireCase: "snake", encode: [[Money, (money) => money.cents]] });
    const Item = both("Item", { unitPrice: z.instanceof(Money), itemName: z.string() });
    assert.deepEqual(json(compileEncoder(Item.omit({ itemName: true }).partial()), { unitPrice: new Money(7) }), {
      unit_price: 7,
    });
  });
});
