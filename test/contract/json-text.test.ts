import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseJson } from "../../src/contract/json-text.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function codeOf(text: string | Uint8Array, depth?: number): string | undefined {
  const parsed = parseJson(typeof text === "string" ? bytes(text) : text, depth === undefined ? {} : { depth });
  return parsed.ok ? undefined : parsed.code;
}

describe("parseJson", () => {
  test("reads JSON, with white space and a byte order mark", () => {
    const text = ' {"a" : [1, -0.5e1, "\\u0041\\"", true, null],\n"b":{"c":"d:e\\\\"} } ';
    assert.deepEqual(parseJson(bytes(text)), { ok: true, value: JSON.parse(text) });
    assert.deepEqual(parseJson(bytes("\ufeff[1]")), { ok: true, value: [1] });
    assert.deepEqual(parseJson(bytes("null")), { ok: true, value: null });
  });

  test("refuses what is no JSON", () => {
    for (const text of [
      "{",
      "",
      " ",
      "{'a':1}",
      "[1,]",
      "NaN",
      "undefined",
      "\ufeff\ufeff1",
      "01",
      '"\u0001"',
      "1 2",
    ]) {
      assert.equal(codeOf(text), "invalid_json", JSON.stringify(text));
    }
    assert.deepEqual(parseJson(bytes("")), {
      ok: false,
      status: 400,
      code: "invalid_json",
      message: "The body is empty",
    });
  });

  test("refuses bytes that are not UTF-8", () => {
    assert.equal(codeOf(new Uint8Array([0x22, 0xff, 0x22])), "invalid_utf8");
    assert.equal(codeOf(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])), "invalid_utf8");
    assert.equal(codeOf(new Uint8Array([0x22, 0xc0, 0xaf, 0x22])), "invalid_utf8");
  });

  test("refuses more levels than allowed", () => {
    const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    assert.equal(codeOf(nested(64)), undefined);
    assert.equal(codeOf(nested(65)), "json_too_deep");
    assert.equal(codeOf('{"a":'.repeat(65) + "1".concat("}".repeat(65))), "json_too_deep");
    assert.equal(codeOf(nested(3), 2), "json_too_deep");
    assert.ok(codeOf(nested(500_000)) !== undefined);
    assert.ok(codeOf("[".repeat(500_000)) !== undefined);
  });

  test("refuses keys that could change what objects inherit", () => {
    assert.equal(codeOf('{"a":[{"__proto__":{"x":1}}]}'), "forbidden_key");
    assert.equal(codeOf('{"\\u005f_proto__":1}'), "forbidden_key");
    assert.equal(codeOf('{"constructor":{"prototype":{}}}'), "forbidden_key");
    assert.equal(codeOf('{"constructor":"Bob the builder","prototype":1}'), undefined);
  });

  test("refuses the same key twice, however it is written", () => {
    assert.equal(codeOf('{"a":1,"a":2}'), "duplicate_key");
    assert.equal(codeOf('{"a":1,"\\u0061":2}'), "duplicate_key");
    assert.equal(codeOf('[{"x":{"a":{"b":1},"a" \n : 2}}]'), "duplicate_key");
    assert.equal(codeOf('{"1":1,"1":2}'), "duplicate_key");
    assert.equal(codeOf('[{"a":1},{"a":2}]'), undefined);
    assert.equal(codeOf('{"a":"\\"b\\":1","c\\\\":"\\\\"}'), undefined);
  });

  test("refuses numbers that are too large", () => {
    assert.equal(codeOf("[1e400]"), "number_too_large");
    assert.equal(codeOf('{"a":-1e999}'), "number_too_large");
    assert.equal(codeOf("1e308"), undefined);
  });

  test("takes time in proportion to the text, whatever it holds", () => {
    const texts = [
      `"${"\\\\".repeat(400_000)}"`,
      `"${'\\"'.repeat(400_000)}"`,
      `[${"1,".repeat(300_000)}1]`,
      `"${":".repeat(800_000)}"`,
    ];
    const before = process.cpuUsage();
    for (const text of texts) assert.equal(codeOf(text), undefined);
    assert.ok(process.cpuUsage(before).user < 3_000_000, "under three seconds of CPU");
  });

  test("agrees with JSON.parse on what JSON.stringify writes", () => {
    const clean = fc.jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).includes("__proto__"));
    fc.assert(
      fc.property(clean, fc.constantFrom(0, 1, 4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        assert.deepEqual(parseJson(bytes(text)), { ok: true, value: JSON.parse(text) });
      }),
      { numRuns: 1000 },
    );
  });

  test("finds a repeated key in any object", () => {
    const keys = fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(keys, (names) => {
        const safe = names.filter((name) => name !== "__proto__" && name !== "constructor");
        const text = `{${safe.map((name) => `${JSON.stringify(name)}:{"x":":"}`).join(",")}}`;
        assert.equal(codeOf(text), new Set(safe).size === safe.length ? undefined : "duplicate_key");
      }),
    );
  });

  test("never throws", () => {
    const pieces = fc.array(
      fc.constantFrom("{", "}", "[", "]", '"', "\\", ":", ",", "1e999", "-", "a", "__proto__", " ", "null", "\\u0061"),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          pieces.map((list) => bytes(list.join(""))),
          fc.uint8Array({ maxLength: 64 }),
        ),
        (body) => {
          const parsed = parseJson(body);
          if (!parsed.ok) assert.equal(parsed.status, 400);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
