import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { ObjectId } from "bson";
import { Decimal } from "decimal.js";
import { z } from "zod";
import { date, datetime } from "../../src/contract/date-fields.ts";
import { compileDecoder } from "../../src/contract/decode.ts";
import { compileEncoder } from "../../src/contract/encode.ts";
import { bytes, decimal, email, objectId, secret, url } from "../../src/contract/fields.ts";
import { Secret } from "../../src/contract/secret.ts";
import { failed, json, read } from "./outcomes.ts";

function reads(schema: z.ZodType, wire: unknown): unknown {
  return read(compileDecoder(schema), wire);
}

function refuses(schema: z.ZodType, ...wires: unknown[]): void {
  const decode = compileDecoder(schema);
  for (const wire of wires) {
    assert.deepEqual(
      failed(decode, wire).map((issue) => issue.code),
      [typeof wire === "string" ? "invalid_format" : "invalid_type"],
      inspect(wire),
    );
  }
}

/** Writes with the encoder and with Zod's own, which must agree. */
function writes(schema: z.ZodType, value: unknown): unknown {
  const written = json(compileEncoder(schema), value);
  assert.deepEqual(JSON.parse(JSON.stringify(z.encode(schema, value))), written);
  return written;
}

describe("datetime", () => {
  test("reads ISO 8601 with an offset", () => {
    for (const text of [
      "2026-01-31T12:00:00Z",
      "2026-01-31T14:00:00+02:00",
      "2026-01-31T12:00z",
      "2026-01-31t07:00:00.000-05:00",
    ]) {
      assert.deepEqual(reads(datetime(), text), new Date("2026-01-31T12:00:00Z"), text);
    }
    assert.deepEqual(reads(datetime(), "2026-01-31T12:00:00.123456789Z"), new Date("2026-01-31T12:00:00.123Z"));
    assert.deepEqual(reads(datetime(), "0001-01-01T00:00:00Z"), new Date("0001-01-01T00:00:00Z"));
  });

  test("refuses what is no moment", () => {
    refuses(datetime(), "2026-02-30T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:60Z");
    refuses(
      datetime(),
      "2026-01-31",
      "12:00:00Z",
      "2026-01-31 12:00:00Z",
      "2026-1-31T12:00:00Z",
      "",
      1_700_000_000,
      {},
    );
    refuses(datetime(), "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+0200", "0000-01-01T00:00:00+01:00");
  });

  test("refuses a time without an offset unless it is told what that means", () => {
    refuses(datetime(), "2026-01-31T12:00:00");
    assert.deepEqual(reads(datetime({ local: "utc" }), "2026-01-31T12:00:00"), new Date("2026-01-31T12:00:00Z"));
  });

  test("writes UTC, and only what four digits of a year can say", () => {
    assert.equal(writes(datetime(), new Date("2026-01-31T14:00:00+02:00")), "2026-01-31T12:00:00.000Z");
    assert.equal(failed(compileEncoder(datetime()), new Date(8.64e15))[0]?.code, "invalid_format");
    assert.equal(failed(compileEncoder(datetime()), new Date(Number.NaN))[0]?.code, "invalid_type");
    assert.equal(failed(compileEncoder(datetime()), "2026-01-31T12:00:00Z")[0]?.message, "Must be a date");
  });

  test("is missing when it is", () => {
    assert.deepEqual(failed(compileDecoder(z.object({ at: datetime() })), {}), [
      { path: ["at"], code: "missing", message: "Is missing" },
    ]);
  });
});

describe("date", () => {
  test("is a day at midnight UTC", () => {
    assert.deepEqual(reads(date(), "2024-02-29"), new Date("2024-02-29T00:00:00Z"));
    assert.deepEqual(reads(date(), "0099-12-31"), new Date("0099-12-31T00:00:00Z"));
    assert.equal(writes(date(), new Date("2024-02-29T00:00:00Z")), "2024-02-29");
    assert.equal(writes(date(), new Date("1815-12-10T00:00:00Z")), "1815-12-10");
    refuses(date(), "2025-02-29", "2024-00-10", "2024-2-9", "2024-02-29T00:00:00Z", 20240229);
  });

  test("is not written where it is not midnight", () => {
    assert.equal(failed(compileEncoder(date()), new Date("2024-02-29T00:00:00+02:00"))[0]?.code, "invalid_format");
  });
});

describe("decimal", () => {
  test("is exact, in a string", () => {
    const value = reads(decimal(), "123456789012345678901234567890.123456789");
    assert.ok(value instanceof Decimal, "the class that the program imports");
    assert.equal(writes(decimal(), value), "123456789012345678901234567890.123456789");
    assert.equal(writes(decimal(), new Decimal("-0")), "0");
    assert.equal(writes(decimal(), new Decimal("1e21")), "1000000000000000000000");
    assert.equal(writes(decimal(), new Decimal("1e-7")), "0.0000001");
    assert.equal(String(reads(decimal(), "+007.50")), "7.5");
  });

  test("refuses numbers and other notations", () => {
    refuses(decimal(), 9.95, "1e5", "NaN", "Infinity", "0x10", "1,5", ".5", "5.", "", " 1");
    assert.equal(failed(compileEncoder(decimal()), new Decimal(Number.NaN))[0]?.code, "invalid_format");
    assert.equal(failed(compileEncoder(decimal()), new Decimal("1e9000"))[0]?.code, "invalid_format");
    assert.equal(failed(compileEncoder(decimal()), 9.95)[0]?.message, "Must be a Decimal");
  });

  test("keeps to precision and scale in both directions", () => {
    const price = decimal({ precision: 5, scale: 2 });
    assert.equal(String(reads(price, "123.45")), "123.45");
    refuses(price, "123.456", "123456", "1234.56");
    assert.equal(failed(compileEncoder(price), new Decimal("0.001"))[0]?.code, "invalid_format");
    assert.equal(String(reads(decimal({ precision: 2, scale: 2 }), "0.25")), "0.25");
    refuses(decimal(), "1".repeat(100_000));
  });
});

describe("objectId", () => {
  test("is 24 hexadecimal digits", () => {
    const value = reads(objectId(), "507F1F77bcf86cd799439011");
    assert.ok(new ObjectId("507f1f77bcf86cd799439011").equals(value as ObjectId));
    assert.equal(writes(objectId(), value), "507f1f77bcf86cd799439011");
    assert.equal(writes(objectId(), new ObjectId("507f1f77bcf86cd799439011")), "507f1f77bcf86cd799439011");
    refuses(objectId(), "507f1f77bcf86cd79943901", "507f1f77bcf86cd79943901g", "twelve bytes", 5, {
      $oid: "507f1f77bcf86cd799439011",
    });
    assert.equal(failed(compileEncoder(objectId()), "507f1f77bcf86cd799439011")[0]?.message, "Must be an ObjectId");
  });
});

describe("bytes", () => {
  test("are base64", () => {
    const value = reads(bytes(), "AAEC/w==");
    assert.deepEqual(value, new Uint8Array([0, 1, 2, 255]));
    assert.equal((value as Uint8Array).buffer.byteLength, 4);
    assert.equal(writes(bytes(), new Uint8Array([0, 1, 2, 255])), "AAEC/w==");
    assert.equal(writes(bytes(), new Uint8Array([9, 0, 1, 9]).subarray(1, 3)), "AAE=");
    assert.deepEqual(reads(bytes(), ""), new Uint8Array());
    refuses(bytes(), "AAEC_w==", "AAEC/w", "A", "====", "AA=A", "AAEC/w==\n", [0, 1]);
  });

  test("are no more than allowed", () => {
    assert.deepEqual(reads(bytes({ maxLength: 2 }), "AAE="), new Uint8Array([0, 1]));
    refuses(bytes({ maxLength: 2 }), "AAEC", "A".repeat(4000));
    assert.equal(failed(compileEncoder(bytes({ maxLength: 2 })), new Uint8Array(3))[0]?.code, "invalid_format");
  });
});

describe("secret", () => {
  test("is a Secret in the program and never shown", () => {
    const value = reads(secret(), "hunter2");
    assert.ok(value instanceof Secret);
    assert.equal(value.reveal(), "hunter2");
    assert.equal(writes(secret(), value), "***");
    assert.equal(inspect(reads(z.object({ password: secret() }), { password: "hunter2" })).includes("hunter2"), false);
  });

  test("keeps to the rules of its text", () => {
    const password = secret(z.string().min(8));
    assert.deepEqual(failed(compileDecoder(password), "hunter2"), [
      { path: [], code: "too_small", message: "Must have at least 8 characters" },
    ]);
    assert.equal(writes(password, new Secret("hunter2hunter2")), "***");
    assert.equal(failed(compileDecoder(secret()), "")[0]?.code, "too_small");
    assert.equal(failed(compileDecoder(secret()), 5)[0]?.code, "invalid_type");
  });
});

describe("email and url", () => {
  test("are checked strings", () => {
    assert.equal(reads(email(), "ada@example.org"), "ada@example.org");
    assert.deepEqual(failed(compileDecoder(email()), "ada"), [
      { path: [], code: "invalid_format", message: "Must be an email address" },
    ]);
    assert.equal(reads(url(), "http://localhost:8000/a?b=c"), "http://localhost:8000/a?b=c");
    refuses(url(), "javascript:alert(1)", "ftp://example.org", "example.org", "http:example.org", "");
  });
});

describe("every field", () => {
  const fields = {
    datetime: [datetime(), "2026-01-31T12:00:00.000Z"],
    date: [date(), "2026-01-31"],
    decimal: [decimal(), "9.95"],
    objectId: [objectId(), "507f1f77bcf86cd799439011"],
    bytes: [bytes(), "AAE="],
    email: [email(), "ada@example.org"],
    url: [url(), "https://example.org/"],
  } as const;

  for (const [name, [schema, wire]] of Object.entries(fields)) {
    test(`${name} works optional, nullable, with a default, in lists and refined`, () => {
      const value: unknown = reads(schema, wire);
      const Outer = z.object({
        optional: (schema as z.ZodType).optional(),
        nullable: (schema as z.ZodType).nullable(),
        list: (schema as z.ZodType).array(),
        refined: (schema as z.ZodType).refine((given) => given !== undefined),
        // A function, as one would write for a value that must not be shared.
        byDefault: (schema as z.ZodType).default(() => value),
      });
      const decoded = reads(Outer, { nullable: null, list: [wire, wire], refined: wire });
      assert.deepEqual(decoded, { nullable: null, list: [value, value], refined: value, byDefault: value });
      assert.deepEqual(json(compileEncoder(Outer), decoded), {
        nullable: null,
        list: [wire, wire],
        refined: wire,
        byDefault: wire,
      });
      assert.deepEqual(json(compileEncoder(Outer), { nullable: value, list: [], refined: value }), {
        nullable: wire,
        list: [],
        refined: wire,
        byDefault: wire,
      });
    });
  }
});
