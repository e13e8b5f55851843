import assert from "node:assert/strict";
import { test } from "node:test";
import { missingFrom, readLock } from "../../scripts/complete-lock.ts";

test("the lock holds every optional package, so that npm ci accepts it; else run scripts/complete-lock.ts", () => {
  assert.deepEqual(missingFrom(readLock()), []);
});
