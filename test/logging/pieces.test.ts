import assert from "node:assert/strict";
import { test } from "node:test";
import { Pieces } from "../../src/logging/pieces.ts";

test("what is kept has an end, and what is not kept is said all the same", () => {
  const pieces = new Pieces<string>();
  assert.equal(pieces.keep("long", 0, "x".repeat(1_000)), "x".repeat(1_000));
  assert.equal(pieces.get("long", 0), undefined);
  for (let i = 0; i < 10_000; i++) assert.equal(pieces.keep(`name ${i}`, i, `text é ${i}`), `text é ${i}`);
  const kept = Array.from({ length: 10_000 }, (_, i) => pieces.get(`name ${i}`, i)).filter(
    (text) => text !== undefined,
  );
  assert.equal(kept.length, 2_000);
  assert.equal(pieces.get("name 7", 7), "text é 7");
  assert.equal(pieces.get("name 7", 8), undefined);
});
