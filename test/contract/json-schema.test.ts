import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { date, datetime } from "../../src/contract/date-fields.ts";
import { bytes, decimal, email, objectId, secret, url } from "../../src/contract/fields.ts";
import { jsonSchemaOptions } from "../../src/contract/json-schema.ts";

const snake = baseModel({ wireCase: "snake" });

function describeWire(schema: z.ZodType, io: "input" | "output"): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, jsonSchemaOptions(io));
  return rest;
}

function both(schema: z.ZodType): Record<string, unknown> {
  const input = describeWire(schema, "input");
  assert.deepEqual(describeWire(schema, "output"), input);
  return input;
}

describe("the JSON Schema of a field", () => {
  test("is that of its text, in both directions", () => {
    assert.deepEqual(both(datetime()), { type: "string", format: "date-time" });
    assert.deepEqual(both(date()), { type: "string", format: "date" });
    assert.deepEqual(both(decimal()), { type: "string", pattern: "^[+-]?\\d+(\\.\\d+)?$" });
    assert.deepEqual(both(decimal({ scale: 2 })), { type: "string", pattern: "^[+-]?\\d+(\\.\\d{1,2})?$" });
    assert.deepEqual(both(objectId()), { type: "string", pattern: "^[0-9a-fA-F]{24}$" });
    assert.deepEqual(both(bytes({ maxLength: 10 })), { type: "string", contentEncoding: "base64", maxLength: 16 });
    assert.deepEqual(both(secret()), { type: "string", format: "password", writeOnly: true });
    assert.equal(both(email()).format, "email");
    assert.equal(both(url()).format, "uri");
  });

  test("keeps what is said about it", () => {
    const said = datetime()
      .refine(() => true)
      .describe("when")
      .meta({ deprecated: true });
    assert.deepEqual(both(said), { type: "string", format: "date-time", description: "when", deprecated: true });
  });

  test("shows through what wraps it", () => {
    const text = { type: "string", format: "date-time" };
    assert.deepEqual(both(datetime().nullable()), { anyOf: [text, { type: "null" }] });
    assert.deepEqual(both(datetime().array()), { type: "array", items: text });
    assert.deepEqual(describeWire(datetime().default(new Date(0)), "output"), {
      ...text,
      default: "1970-01-01T00:00:00.000Z",
    });
  });
});

describe("the JSON Schema of other types", () => {
  test("is that of the text they are written as", () => {
    assert.deepEqual(both(z.date()), { type: "string", format: "date-time" });
    assert.deepEqual(both(z.bigint()), { type: "string", pattern: "^-?\\d+$" });
    assert.deepEqual(both(z.literal([1n, "a"])), { enum: ["1", "a"] });
    assert.deepEqual(both(z.instanceof(URL)), {});
  });

  test("is that of the wire side of a codec", () => {
    const cents = z.codec(z.string().regex(/^\d+$/), z.number(), { decode: Number, encode: String });
    assert.deepEqual(both(cents.describe("cents")), { type: "string", pattern: "^\\d+$", description: "cents" });
    const coded = z.codec(snake("Wire", { theTime: z.int() }), z.date(), {
      decode: () => new Date(),
      encode: () => ({ theTime: 1 }),
    });
    const properties = describeWire(coded, "output").properties as Record<string, unknown>;
    assert.deepEqual(Object.keys(properties), ["the_time"]);
  });
});

describe("the JSON Schema of a model with aliases", () => {
  const Pet = z.discriminatedUnion("petKind", [
    snake("Cat", { petKind: z.literal("cat") }),
    snake("Dog", { petKind: z.literal("dog"), barkVolume: z.number().optional() }),
  ]);
  const Owner = snake("Owner", {
    fullName: z.string().describe("first and last"),
    thePets: z.array(Pet).default([]),
    homeAddress: z.object({ zipCode: z.string() }).describe("where").optional(),
    get bestFriend() {
      return Owner.nullable();
    },
  });

  test("has the names on the wire at every depth", () => {
    assert.deepEqual(describeWire(Owner, "input"), {
      type: "object",
      properties: {
        full_name: { type: "string", description: "first and last" },
        the_pets: {
          default: [],
          type: "array",
          items: {
            oneOf: [
              { type: "object", properties: { pet_kind: { type: "string", const: "cat" } }, required: ["pet_kind"] },
              {
                type: "object",
                properties: { pet_kind: { type: "string", const: "dog" }, bark_volume: { type: "number" } },
                required: ["pet_kind"],
              },
            ],
          },
        },
        home_address: {
          description: "where",
          type: "object",
          properties: { zip_code: { type: "string" } },
          required: ["zip_code"],
        },
        best_friend: { anyOf: [{ $ref: "#" }, { type: "null" }] },
      },
      required: ["full_name", "best_friend"],
    });
    assert.deepEqual(describeWire(Owner, "output").required, ["full_name", "the_pets", "best_friend"]);
  });

  test("works with plain Zod, strict and derived", () => {
    assert.deepEqual(z.toJSONSchema(Owner.pick({ fullName: true }).partial().strict()).properties, {
      full_name: { type: "string", description: "first and last" },
    });
    assert.equal(z.toJSONSchema(Owner.pick({ fullName: true }).strict(), { io: "input" }).additionalProperties, false);
    const refined = describeWire(
      Owner.pick({ fullName: true }).refine(() => true),
      "input",
    );
    assert.deepEqual(Object.keys(refined.properties as object), ["full_name"]);
  });

  test("can be told apart as a component by a registry", () => {
    const registry = z.registry<{ id: string }>();
    registry.add(Owner, { id: "Owner" });
    const List = z.object({ owners: z.array(Owner), one: Owner.describe("one of them") });
    const schema = z.toJSONSchema(List, { ...jsonSchemaOptions("input"), metadata: registry });
    assert.deepEqual(Object.keys(schema.$defs ?? {}), ["Owner"]);
    assert.deepEqual(schema.properties, {
      owners: { type: "array", items: { $ref: "#/$defs/Owner" } },
      one: { $ref: "#/$defs/Owner" },
    });
  });
});
