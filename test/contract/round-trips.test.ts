import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { date, datetime } from "../../src/contract/date-fields.ts";
import { compileDecoder } from "../../src/contract/decode.ts";
import { compileEncoder } from "../../src/contract/encode.ts";
import { bytes } from "../../src/contract/fields.ts";
import { model } from "../../src/contract/model.ts";
import { compileTextReader } from "../../src/contract/text.ts";
import { json, read } from "./outcomes.ts";

/** A schema and values that it takes, as the program has them. */
interface Sample {
  readonly schema: z.ZodType;
  readonly value: fc.Arbitrary<unknown>;
}

const moment = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T00:00:00Z"),
  noInvalidDate: true,
});
const day = moment.map((given) => new Date(Math.floor(given.getTime() / 86_400_000) * 86_400_000));

const leaves: readonly Sample[] = [
  { schema: z.string(), value: fc.string({ unit: "grapheme" }) },
  { schema: z.int(), value: fc.maxSafeInteger() },
  { schema: z.number(), value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((given) => given + 0) },
  { schema: z.boolean(), value: fc.boolean() },
  { schema: z.enum(["a", "b"]), value: fc.constantFrom("a", "b") },
  { schema: datetime(), value: moment },
  { schema: date(), value: day },
  { schema: bytes(), value: fc.uint8Array({ maxLength: 8 }) },
];

const keys = ["id", "userName", "createdAt", "isOn", "theList", "innerModel", "a1"] as const;
const makers = [
  model,
  baseModel({ wireCase: "snake" }),
  baseModel({ wireCase: "snake", acceptBoth: true }),
  baseModel({ wireCase: (key) => key.toUpperCase() }),
];

/** Turns a list of samples into one of an object with them as properties. */
function objectOf(make: (typeof makers)[number], samples: readonly Sample[]): Sample {
  const named = samples.map((sample, index) => [keys[index] ?? "more", sample] as const);
  return {
    schema: make("Random", Object.fromEntries(named.map(([key, sample]) => [key, sample.schema]))),
    value: fc.record(Object.fromEntries(named.map(([key, sample]) => [key, sample.value])), { noNullPrototype: true }),
  };
}

const wraps: readonly ((inner: Sample) => Sample)[] = [
  ({ schema, value }) => ({ schema: z.array(schema), value: fc.array(value, { maxLength: 3 }) }),
  ({ schema, value }) => ({ schema: schema.nullable(), value: fc.option(value) }),
  ({ schema, value }) => ({
    schema: z.tuple([schema, z.int()]),
    value: fc.tuple(
      value,
      fc.integer().map((given) => given + 0),
    ),
  }),
  ({ schema, value }) => ({
    schema: z.record(z.string(), schema),
    value: fc.dictionary(
      fc.string({ unit: "grapheme-ascii" }).filter((key) => key !== "__proto__"),
      value,
      { maxKeys: 3, noNullPrototype: true },
    ),
  }),
  ({ schema, value }) => ({ schema: z.lazy(() => schema), value }),
  ({ schema, value }) => ({ schema: schema.refine(() => true), value }),
  ({ schema, value }) => ({
    schema: z.object({ frozen: schema }).readonly(),
    value: fc.record({ frozen: value }, { noNullPrototype: true }),
  }),
  ({ schema, value }) => ({
    schema: z.object({ plainKey: schema }),
    value: fc.record({ plainKey: value }, { noNullPrototype: true }),
  }),
];

const { sample: anySample } = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom(...leaves),
    fc
      .tuple(fc.constantFrom(...makers), fc.array(tie("sample"), { minLength: 1, maxLength: 4 }))
      .map(([make, inner]) => objectOf(make, inner)),
    fc.tuple(fc.constantFrom(...wraps), tie("sample")).map(([wrap, inner]) => wrap(inner)),
  ),
}));

const withValues = anySample.chain(({ schema, value }) =>
  fc.tuple(fc.constant(schema), fc.array(value, { minLength: 1, maxLength: 3 })),
);

describe("any schema of models, fields and what wraps them", () => {
  test("reads what it writes", () => {
    fc.assert(
      fc.property(withValues, ([schema, values]) => {
        const encode = compileEncoder(schema);
        const decode = compileDecoder(schema);
        for (const value of values) assert.deepEqual(read(decode, json(encode, value)), value);
      }),
      { numRuns: 500 },
    );
  });

  test("writes the same as Zod's own encode", () => {
    fc.assert(
      fc.property(withValues, ([schema, values]) => {
        const encode = compileEncoder(schema);
        for (const value of values)
          assert.deepEqual(json(encode, value), JSON.parse(JSON.stringify(z.encode(schema, value))));
      }),
      { numRuns: 300 },
    );
  });

  test("refuses or reads anything, and never throws", () => {
    fc.assert(
      fc.property(anySample, fc.array(fc.jsonValue(), { maxLength: 4 }), ({ schema }, wires) => {
        const decode = compileDecoder(schema);
        const encode = compileEncoder(schema);
        for (const wire of wires) {
          assert.ok(!(decode(wire) instanceof Promise));
          assert.ok(!(encode(wire) instanceof Promise));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("texts", () => {
  const reads = (schema: z.ZodType, text: string): unknown =>
    read(compileTextReader(schema, { name: "q", list: "repeat" }), text);

  test("of numbers, dates and words give back what they were made of", () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => assert.equal(reads(z.int(), String(value)), value + 0)));
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        assert.equal(reads(z.number(), String(value)), value + 0),
      ),
    );
    fc.assert(fc.property(fc.bigInt(), (value) => assert.equal(reads(z.bigint(), String(value)), value)));
    fc.assert(fc.property(moment, (value) => assert.deepEqual(reads(datetime(), value.toISOString()), value)));
    fc.assert(fc.property(moment, (value) => assert.deepEqual(reads(z.date(), value.toISOString()), value)));
    fc.assert(fc.property(day, (value) => assert.deepEqual(reads(date(), value.toISOString().slice(0, 10)), value)));
  });

  test("never throw, whatever they are", () => {
    const readers = [
      z.int(),
      z.number(),
      z.boolean(),
      z.bigint(),
      z.date(),
      date(),
      datetime(),
      z.literal([1, null]),
      z.array(z.int()).nullable(),
    ].map((schema) => compileTextReader(schema, { name: "q", list: "repeat" }));
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(..."0123456789+-.eEtTzZ:") }),
      fc.array(fc.string()),
    );
    fc.assert(
      fc.property(text, (raw) => {
        for (const reader of readers) assert.ok(!(reader(raw) instanceof Promise));
      }),
      { numRuns: 2000 },
    );
  });
});
