import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { date, datetime } from "../../src/contract/date-fields.ts";
import { compileTextReader, type RawText } from "../../src/contract/text.ts";
import { KilnError } from "../../src/errors/kiln-error.ts";
import { failed, read } from "./outcomes.ts";

const refused = Symbol("refused");

function given(schema: z.ZodType, raw: RawText, list: "repeat" | "single" = "repeat"): unknown {
  const outcome = compileTextReader(schema, { name: "q", list })(raw);
  assert.ok(!(outcome instanceof Promise));
  return outcome.ok ? outcome.value : refused;
}

function codeOf(schema: z.ZodType, raw: RawText): string | undefined {
  return failed(compileTextReader(schema, { name: "q", list: "repeat" }), raw)[0]?.code;
}

/** Checks a table of texts and the values they are read as. */
function table(schema: z.ZodType, rows: readonly (readonly [raw: RawText, value: unknown])[]): void {
  for (const [raw, value] of rows) assert.deepEqual(given(schema, raw), value, JSON.stringify(raw));
}

describe("text is read as the type of the schema", () => {
  test("integers are digits with an optional sign", () => {
    table(z.int(), [
      ["0", 0],
      ["-0", 0],
      ["+7", 7],
      ["-12", -12],
      ["007", 7],
      ["9007199254740991", 9007199254740991],
      ...["", " 1", "1 ", "1.0", "1e3", "0x10", "1_000", "١", "NaN", "Infinity", "--1", "9007199254740992"].map(
        (text) => [text, refused] as const,
      ),
    ]);
    table(z.number().int().min(1), [
      ["1", 1],
      ["1.0", refused],
      ["0", refused],
    ]);
    table(z.int32(), [["2147483648", refused]]);
  });

  test("numbers are finite and decimal", () => {
    table(z.number(), [
      ["1.5", 1.5],
      ["-.5", -0.5],
      ["5.", 5],
      ["1e3", 1000],
      ["-1.5E-2", -0.015],
      ...["", " ", "1e999", "NaN", "Infinity", "-Infinity", "0x1f", "1,5", "e5", ".", "+", "1e", "1n"].map(
        (text) => [text, refused] as const,
      ),
    ]);
  });

  test("a long text of digits takes no longer than it has to", () => {
    const started = process.cpuUsage().user;
    assert.equal(given(z.number(), `${"1".repeat(200_000)}x`), refused);
    assert.equal(given(z.int(), `${"1".repeat(200_000)}x`), refused);
    assert.ok(process.cpuUsage(undefined).user - started < 1_000_000, "under a second of CPU");
  });

  test("booleans are words in any case", () => {
    table(z.boolean(), [
      ...["true", "TRUE", "1", "yes", "On"].map((text) => [text, true] as const),
      ...["false", "False", "0", "no", "oFF"].map((text) => [text, false] as const),
      ...["", "2", "y", "truee", "null"].map((text) => [text, refused] as const),
    ]);
  });

  test("bigints are digits without a limit", () => {
    table(z.bigint(), [
      ["12345678901234567890", 12345678901234567890n],
      ["+1", 1n],
      ["-1", -1n],
      ["1.5", refused],
      ["", refused],
      ["0x1", refused],
    ]);
  });

  test("dates are ISO 8601 and exist", () => {
    table(z.date(), [
      ["2026-02-28", new Date("2026-02-28T00:00:00Z")],
      ["2026-02-28T10:00:00+02:00", new Date("2026-02-28T08:00:00Z")],
      ["2026-02-28T10:00:00", new Date("2026-02-28T10:00:00Z")],
      ["2024-02-29", new Date("2024-02-29T00:00:00Z")],
      ...["2026-02-30", "2026-13-01", "2025-02-29", "2026-02-28T24:00:00Z", "1700000000", "Feb 28 2026", ""].map(
        (text) => [text, refused] as const,
      ),
    ]);
    table(date(), [["2026-02-28", new Date("2026-02-28T00:00:00Z")]]);
    table(datetime(), [["2026-02-28T10:00:00Z", new Date("2026-02-28T10:00:00Z")]]);
    table(z.date().min(new Date("2026-01-01T00:00:00Z")), [["2025-12-31", refused]]);
  });

  test("fixed values are told by their text", () => {
    table(z.enum(["asc", "desc"]), [
      ["asc", "asc"],
      ["ASC", refused],
    ]);
    table(z.enum({ Low: 1, High: 2 }), [
      ["2", 2],
      ["Low", refused],
    ]);
    table(z.literal([1, true, null, "1x", 5n]), [
      ["1", 1],
      ["true", true],
      ["", null],
      ["1x", "1x"],
      ["5", 5n],
      ["2", refused],
    ]);
    assert.equal(codeOf(z.enum(["asc"]), "x"), "invalid_value");
  });

  test("strings are taken as they are", () => {
    table(z.string(), [
      ["", ""],
      [" a ", " a "],
      ["1", "1"],
    ]);
    table(z.string().trim().min(1), [[" ", refused]]);
    table(z.uuid(), [
      ["0188e0a2-3b5c-7f00-8000-000000000000", "0188e0a2-3b5c-7f00-8000-000000000000"],
      ["0188e0a2", refused],
    ]);
  });

  test("what wraps a type is looked through", () => {
    table(z.int().optional(), [
      ["1", 1],
      [undefined, undefined],
    ]);
    table(z.int().default(5), [
      ["1", 1],
      [undefined, 5],
      ["x", refused],
    ]);
    table(z.int().prefault(6), [[undefined, 6]]);
    table(z.int().catch(7), [
      ["x", 7],
      ["1", 1],
    ]);
    table(z.int().readonly(), [["1", 1]]);
    table(z.int().brand<"id">(), [["1", 1]]);
    table(
      z.lazy(() => z.int()),
      [["1", 1]],
    );
    table(z.int().pipe(z.number().max(5)), [
      ["1", 1],
      ["6", refused],
    ]);
    table(
      z.int().transform((value) => value * 2),
      [["2", 4]],
    );
    table(z.union([z.int(), z.boolean(), z.string()]), [
      ["1", 1],
      ["yes", true],
      ["maybe", "maybe"],
    ]);
    table(
      z.int().refine((value) => value % 2 === 0),
      [
        ["2", 2],
        ["3", refused],
      ],
    );
  });

  test("an empty text is null where text is no value of its own", () => {
    table(z.int().nullable(), [
      ["", null],
      ["1", 1],
    ]);
    table(datetime().nullable(), [["", null]]);
    table(z.uuid().nullable(), [["", null]]);
    table(z.string().nullable(), [["", ""]]);
    table(z.int().nullish(), [
      ["", null],
      [undefined, undefined],
    ]);
    table(z.int(), [["", refused]]);
  });

  test("z.coerce and z.preprocess keep their own rules", () => {
    table(z.coerce.number(), [
      ["0x10", 16],
      ["", 0],
    ]);
    table(
      z.preprocess((value) => `${String(value)}0`, z.coerce.number()),
      [["1", 10]],
    );
  });
});

describe("lists", () => {
  test("are read from names that occur again", () => {
    table(z.array(z.int()), [
      [
        ["1", "2"],
        [1, 2],
      ],
      ["1", [1]],
      [["1", "x"], refused],
      [undefined, refused],
    ]);
    table(z.array(z.int()).default([]), [[undefined, []]]);
    table(z.array(z.string()), [["a,b", ["a,b"]]]);
    table(z.set(z.int()), [[["1", "1", "2"], new Set([1, 2])]]);
    table(z.tuple([z.int(), z.boolean()]), [
      [
        ["1", "no"],
        [1, false],
      ],
    ]);
    table(z.union([z.int(), z.array(z.int())]), [
      ["1", 1],
      [
        ["1", "2"],
        [1, 2],
      ],
    ]);
  });

  test("are read from one text with commas where names cannot occur again", () => {
    assert.deepEqual(given(z.array(z.int()), "1, 2,3", "single"), [1, 2, 3]);
    assert.deepEqual(given(z.array(z.int()), "", "single"), []);
  });

  test("name the position in the path", () => {
    assert.deepEqual(failed(compileTextReader(z.array(z.int()), { name: "ids", list: "repeat" }), ["1", "x"]), [
      { path: ["ids", 1], code: "int", message: "Must be an integer" },
    ]);
  });

  test("a single value given twice is refused", () => {
    assert.deepEqual(failed(compileTextReader(z.string(), { name: "q", list: "repeat" }), ["a", "b"]), [
      { path: ["q"], code: "repeated", message: "Is given more than once" },
    ]);
    assert.equal(given(z.string(), ["a"]), "a");
  });
});

describe("issues of texts", () => {
  test("have a code for each type", () => {
    assert.equal(codeOf(z.int(), "x"), "int");
    assert.equal(codeOf(z.number(), "x"), "number");
    assert.equal(codeOf(z.boolean(), "x"), "boolean");
    assert.equal(codeOf(z.bigint(), "x"), "bigint");
    assert.equal(codeOf(z.date(), "x"), "date");
    assert.equal(codeOf(datetime(), "x"), "invalid_format");
    assert.equal(codeOf(z.int(), undefined), "missing");
    assert.equal(codeOf(z.int().min(1), "0"), "too_small");
  });

  test("leave the author's message alone", () => {
    const issues = failed(compileTextReader(z.int("A whole number, please"), { name: "q", list: "repeat" }), "x");
    assert.deepEqual(issues, [{ path: ["q"], code: "int", message: "A whole number, please" }]);
  });

  test("types that no text carries are refused when declared", () => {
    for (const schema of [
      z.object({ a: z.int() }),
      z.record(z.string(), z.int()),
      z.map(z.string(), z.int()),
      z.array(z.object({})),
    ]) {
      const make = (): unknown => compileTextReader(schema, { name: "filter", list: "repeat" });
      assert.throws(make, (error) => error instanceof KilnError && error.code === "KILN_MODEL_NOT_TEXT");
    }
  });
});

test("an asynchronous refinement is waited for", async () => {
  const reader = compileTextReader(
    z.int().refine(async (value) => value > 1, "Too small for us"),
    { name: "q", list: "repeat" },
  );
  assert.deepEqual(await reader("1"), {
    ok: false,
    issues: [{ path: ["q"], code: "custom", message: "Too small for us" }],
  });
  assert.deepEqual(await reader("2"), { ok: true, value: 2 });
  assert.deepEqual(await reader("x"), {
    ok: false,
    issues: [{ path: ["q"], code: "int", message: "Must be an integer" }],
  });
});

test("nothing of a reader remains from one text to the next", () => {
  const reader = compileTextReader(z.array(z.int()).default([]), { name: "q", list: "repeat" });
  assert.deepEqual(read(reader, "1"), [1]);
  assert.deepEqual(read(reader, undefined), []);
});
