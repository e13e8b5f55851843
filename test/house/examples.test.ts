import assert from "node:assert/strict";
import { test } from "node:test";
import { checkExamples, examples } from "../../scripts/check-examples.ts";

test("every example in the docs and the docstrings compiles as a module of its own", () => {
  assert.ok(examples().length > 30, "the examples were found");
  assert.deepEqual(checkExamples(), []);
});

test("a fence of TypeScript says so in the way that is checked", () => {
  const wrong = examples().filter(({ code }) => code.trim() === "");
  assert.deepEqual(wrong, []);
});
