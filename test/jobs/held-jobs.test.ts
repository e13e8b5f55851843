import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createHeldMemory, type HeldJob, readHeldJobs, writeHeldJobs } from "../../src/jobs/held-jobs.ts";

const names = ["first", "second"];

function plain(memory: SharedArrayBuffer): readonly HeldJob[] {
  return readHeldJobs(memory, names).map(({ id, name, retryCount }) => ({ id, name, retryCount }));
}

test("what a process holds is read from the memory as it was written, however much it is", () => {
  const memory = createHeldMemory();
  const held = writeHeldJobs(memory, names);
  const first = memory.byteLength;
  // Of every id, all bits: the highest ones make numbers negative.
  const jobs = Array.from({ length: 500 }, (_, i): HeldJob => {
    return {
      id: i === 0 ? "ffffffff-ffff-ffff-ffff-ffffffffffff" : randomUUID(),
      name: names[i % 2] ?? "",
      retryCount: i,
    };
  });
  for (const job of jobs) held.add(job);
  assert.ok(memory.byteLength > first);
  assert.deepEqual(plain(memory), jobs);
});

test("a job that has ended is not held any more, also when another one has its place", () => {
  const memory = createHeldMemory();
  const held = writeHeldJobs(memory, names);
  const [one, other] = [1, 2].map((retryCount): HeldJob => ({ id: randomUUID(), name: "first", retryCount }));
  assert.ok(one && other);
  held.add(one);
  const [found] = readHeldJobs(memory, names);
  assert.equal(found?.isHeld(), true);
  held.remove(one);
  assert.deepEqual(plain(memory), []);
  held.add(other);
  assert.equal(found?.isHeld(), false);
  assert.deepEqual(plain(memory), [other]);
  held.remove(one);
  assert.deepEqual([plain(memory).length, held.size], [1, 1]);
});
