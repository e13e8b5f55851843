// What a thread could not find is refused where it is defined.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blocking, KilnError } from "kilnjs";
import { defineInside, defineInsideArrow, defineTwice } from "./programs/bad-definitions.ts";

function refusal(define: () => unknown): KilnError {
  try {
    define();
  } catch (error) {
    assert.ok(error instanceof KilnError, String(error));
    assert.equal(error.code, "KILN_BLOCKING_FUNCTION");
    return error;
  }
  throw new assert.AssertionError({ message: "was not refused" });
}

test("a function inside another one", () => {
  for (const define of [defineInside, defineInsideArrow]) {
    const { message } = refusal(define);
    assert.match(message, /"inner" is defined inside another function/);
    assert.match(message, /programs\/bad-definitions\.ts:\d+\)/);
  }
});

test("a second function of the same name", () => {
  assert.match(defineTwice().message, /"same" has the name of another blocking\(\) function of this module/);
});

test("a function without a name", () => {
  assert.match(refusal(() => blocking(import.meta, () => 1)).message, /"a function" has no name/);
});

test("a generator", () => {
  // @ts-expect-error a generator does not cross
  assert.match(refusal(() => blocking(import.meta, function* parts() {})).message, /"parts" is a generator/);
});

test("what is no function, or no import.meta", () => {
  // @ts-expect-error no function
  assert.match(refusal(() => blocking(import.meta, "work")).message, /"work" is no function/);
  // @ts-expect-error no import.meta
  assert.match(refusal(() => blocking(undefined, function work() {})).message, /Pass `import\.meta` itself/);
  const data = { url: "data:text/javascript,1" };
  assert.match(refusal(() => blocking(data, function work() {})).message, /names no file/);
});

test("a function in another module than import.meta says", () => {
  const other = { url: new URL("./programs/sums.ts", import.meta.url).href };
  assert.match(refusal(() => blocking(other, function work() {})).message, /is defined inside another function/);
});
