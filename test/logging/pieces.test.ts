import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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

test("what is kept does not hold the text that it was a part of", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const pieces = new Pieces<string>();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 300; i++) {
    const long = Buffer.alloc(1_000_000, `${i} and more, `).toString("latin1");
    pieces.keep(long.slice(0, 100), i, long.slice(100, 200));
    pieces.keep("one", long.slice(200, 300), "short");
  }
  collect();
  const held = process.memoryUsage().heapUsed - before;
  assert.ok(held < 30_000_000, `${held} bytes are held, of 300,000,000`);
});
