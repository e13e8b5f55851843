import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { z } from "zod";
import { compileDecoder } from "../../src/contract/decode.ts";
import { failed, read } from "./outcomes.ts";

/** The code and message of the only issue. */
function issue(schema: z.ZodType, wire: unknown): readonly [code: string | undefined, message: string | undefined] {
  const issues = failed(compileDecoder(schema), wire);
  assert.equal(issues.length, 1, JSON.stringify(issues));
  return [issues[0]?.code, issues[0]?.message];
}

describe("JSON is strict", () => {
  test("a string is no number, a number no boolean", () => {
    assert.deepEqual(issue(z.number(), "5"), ["invalid_type", "Must be a number"]);
    assert.deepEqual(issue(z.int(), "5"), ["invalid_type", "Must be an integer"]);
    assert.deepEqual(issue(z.int(), 5.5), ["int", "Must be an integer"]);
    assert.deepEqual(issue(z.number().int(), 5.5), ["int", "Must be an integer"]);
    assert.deepEqual(issue(z.boolean(), 1), ["invalid_type", "Must be true or false"]);
    assert.deepEqual(issue(z.string(), null), ["invalid_type", "Must be a string"]);
    assert.deepEqual(issue(z.array(z.int()), {}), ["invalid_type", "Must be a list"]);
    assert.deepEqual(issue(z.object({}), []), ["invalid_type", "Must be an object"]);
    assert.deepEqual(issue(z.record(z.string(), z.int()), 1), ["invalid_type", "Must be an object"]);
    assert.deepEqual(issue(z.null(), 1), ["invalid_type", "Must be null"]);
    assert.deepEqual(issue(z.never(), 1), ["invalid_type", "Is not allowed"]);
  });

  test("a coercing schema still converts, because its author says so", () => {
    assert.equal(read(compileDecoder(z.coerce.number()), "5"), 5);
  });
});

describe("messages", () => {
  test("say that something is missing", () => {
    const Body = z.object({ a: z.string(), b: z.enum(["x"]), c: z.literal(1), d: z.array(z.int()), e: z.unknown() });
    const issues = failed(compileDecoder(Body), {});
    assert.deepEqual(
      issues.map((one) => [one.path[0], one.code, one.message]),
      ["a", "b", "c", "d", "e"].map((key) => [key, "missing", "Is missing"]),
    );
    assert.deepEqual(issue(z.string(), undefined), ["missing", "Is missing"]);
    assert.deepEqual(issue(z.object({ a: z.string().optional() }).required(), {}), ["missing", "Is missing"]);
  });

  test("say how large or long something may be", () => {
    assert.deepEqual(issue(z.string().min(1), ""), ["too_small", "Must have at least 1 character"]);
    assert.deepEqual(issue(z.string().max(2), "abc"), ["too_big", "Must have at most 2 characters"]);
    assert.deepEqual(issue(z.string().length(2), "abc"), ["too_big", "Must have exactly 2 characters"]);
    assert.deepEqual(issue(z.array(z.int()).min(2), [1]), ["too_small", "Must have at least 2 items"]);
    assert.deepEqual(issue(z.array(z.int()).max(1), [1, 2]), ["too_big", "Must have at most 1 item"]);
    assert.deepEqual(issue(z.number().min(3), 2), ["too_small", "Must be at least 3"]);
    assert.deepEqual(issue(z.number().gt(3), 3), ["too_small", "Must be more than 3"]);
    assert.deepEqual(issue(z.number().lt(3), 3), ["too_big", "Must be less than 3"]);
    assert.deepEqual(issue(z.number().multipleOf(5), 3), ["not_multiple_of", "Must be a multiple of 5"]);
    assert.deepEqual(issue(z.int(), 2 ** 60), ["too_big", "Must be at most 9007199254740991"]);
  });

  test("say which form something has", () => {
    assert.deepEqual(issue(z.email(), "a"), ["invalid_format", "Must be an email address"]);
    assert.deepEqual(issue(z.uuid(), "a"), ["invalid_format", "Must be a UUID"]);
    assert.deepEqual(issue(z.string().startsWith("a"), "b"), ["invalid_format", 'Must start with "a"']);
    assert.deepEqual(issue(z.string().includes("a"), "b"), ["invalid_format", 'Must contain "a"']);
    assert.deepEqual(issue(z.string().regex(/a/), "b"), ["invalid_format", "Does not have the expected form"]);
    assert.deepEqual(issue(z.ulid(), "b"), ["invalid_format", "Must be a valid ulid"]);
  });

  test("list what is allowed", () => {
    assert.deepEqual(issue(z.enum(["a", "b"]), "c"), ["invalid_value", 'Must be one of "a", "b"']);
    assert.deepEqual(issue(z.literal(1), 2), ["invalid_value", "Must be 1"]);
  });

  test("name each unknown key", () => {
    assert.deepEqual(failed(compileDecoder(z.object({ in: z.strictObject({}) })), { in: { a: 1, b: 2 } }), [
      { path: ["in", "a"], code: "unknown_key", message: "Is not a known key" },
      { path: ["in", "b"], code: "unknown_key", message: "Is not a known key" },
    ]);
  });

  test("never hold the value", () => {
    const secret = "hunter2hunter2";
    const schemas = [
      z.int(),
      z.email(),
      z.enum(["a"]),
      z.object({}),
      z.union([z.int(), z.boolean()]),
      z.uuid(),
      z.string().max(1),
    ];
    for (const schema of schemas) assert.equal(JSON.stringify(issue(schema, secret)).includes(secret), false);
  });
});

describe("a value with very many problems", () => {
  const wrong: readonly unknown[] = Array.from({ length: 300_000 }, () => 1);
  const unknown = Object.fromEntries(wrong.map((one, index) => [`k${index}`, one]));

  test("gives no more than a hundred issues", () => {
    assert.equal(failed(compileDecoder(z.array(z.string())), wrong).length, 100);
    assert.equal(failed(compileDecoder(z.strictObject({})), unknown).length, 100);
    assert.equal(failed(compileDecoder(z.object({ list: z.array(z.string()) })), { list: wrong }).length, 100);
  });

  test("is refused also where Zod cannot hold them all", () => {
    for (const schema of [z.array(z.array(z.string())), z.record(z.string(), z.array(z.string()))]) {
      const value = schema instanceof z.ZodArray ? [wrong] : { a: wrong };
      assert.notEqual(failed(compileDecoder(schema), value).length, 0);
    }
  });
});

describe("what the author says", () => {
  test("wins in every place where it can be said", () => {
    assert.deepEqual(issue(z.string("Name, please"), 1), ["invalid_type", "Name, please"]);
    assert.deepEqual(issue(z.string("Name, please"), undefined), ["missing", "Name, please"]);
    assert.deepEqual(issue(z.string().min(3, "Too short for us"), "a"), ["too_small", "Too short for us"]);
    assert.deepEqual(
      issue(
        z.string().refine(() => false, "No good"),
        "a",
      ),
      ["custom", "No good"],
    );
    assert.deepEqual(issue(z.strictObject({}, "Only what we know"), { a: 1 }), ["unknown_key", "Only what we know"]);
    assert.deepEqual(issue(z.string({ error: (said) => (said.input === undefined ? "Required" : undefined) }), 5), [
      "invalid_type",
      "Must be a string",
    ]);
  });

  test("gives refinements a code of their own", () => {
    const taken = z.string().refine(() => false, { error: "Is taken", params: { code: "taken" } });
    assert.deepEqual(issue(taken, "a"), ["taken", "Is taken"]);
    assert.deepEqual(
      issue(
        z.string().refine(() => false),
        "a",
      ),
      ["custom", "Is not valid"],
    );
  });

  test("may come from superRefine, with a path", () => {
    const schema = z.object({ a: z.int(), b: z.int() }).superRefine((value, context) => {
      if (value.a > value.b) context.addIssue({ code: "custom", path: ["b"], message: "Is less than a" });
    });
    assert.deepEqual(failed(compileDecoder(schema), { a: 2, b: 1 }), [
      { path: ["b"], code: "custom", message: "Is less than a" },
    ]);
  });
});

describe("Zod's configuration", () => {
  const before = { ...z.config() };
  afterEach(() => {
    z.config({ customError: undefined, localeError: before.localeError });
  });

  test("another language wins over Kiln's wording", () => {
    z.config(z.locales.de());
    const [code, message] = issue(z.string(), 5);
    assert.equal(code, "invalid_type");
    assert.match(message ?? "", /erwartet/);
  });

  test("a custom error map wins over Kiln's wording", () => {
    z.config({ customError: (raw) => (raw.code === "invalid_type" ? "As configured" : undefined) });
    assert.equal(issue(z.string(), 5)[1], "As configured");
    assert.equal(issue(z.string().min(2), "a")[1], "Must have at least 2 characters");
  });
});
