import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { test } from "node:test";
import { makePasswords } from "../../../examples/conduit/passwords.ts";

const { hash, matches } = makePasswords(16);

test("a password matches its hash and no other does", async () => {
  const stored = await hash("password123");
  assert.equal(await matches("password123", stored), true);
  for (const wrong of ["password124", "Password123", "password123 ", ""])
    assert.equal(await matches(wrong, stored), false);
});

test("the same password has another hash each time", async () => {
  assert.notEqual(await hash("password123"), await hash("password123"));
});

test("the same text typed on another keyboard is the same password", async () => {
  assert.equal(await matches("cafe\u0301 au lait", await hash("café au lait")), true);
});

test("nobody's password matches", async () => {
  assert.equal(await matches("password123", undefined), false);
});

test("hashes of another cost still match", async () => {
  assert.equal(await makePasswords(32).matches("password123", await hash("password123")), true);
});

test("hashing leaves the event loop free", async () => {
  const expensive = makePasswords(2 ** 14);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const start = performance.now();
  delay.enable();
  await Promise.all([expensive.hash("password123"), expensive.hash("password124")]);
  delay.disable();
  assert.ok(delay.max / 1e6 < (performance.now() - start) / 2, `the loop stood still for ${delay.max / 1e6} ms`);
});
