// What a report advises, from stalls that are made up: no machine is short of time when a test wants it to be.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "../../../src/threads/stall/messages.ts";
import { type Observed, stallReport } from "../../../src/threads/stall/report.ts";

const user: Frame = { name: "list", file: "/app/src/products.ts", line: 29, column: 1, waits: false };
const query: Frame = { name: "query", file: "/app/node_modules/pg/lib/client.js", line: 1, column: 1, waits: false };
const read: Frame = { name: "readFileSync", file: "node:fs", line: 1, column: 1, waits: false };

interface Given {
  readonly frames: readonly Frame[];
  readonly cpu: number;
  readonly used?: number;
  readonly delay?: number;
}

async function hintOf({ frames, cpu, used = 100, delay = 0 }: Given): Promise<string> {
  const sample = { frames, activity: undefined, heap: { used, limit: 4_000 }, usedBefore: used * 2 };
  // What of a sample and an end these reports look at.
  const observed = { sample, duration: 250, delay, end: { cpu, reported: false } } as unknown as Observed;
  const { message, fields } = await stallReport(observed, { suppressed: 0 });
  return `${message}: ${fields.hint}`;
}

test("where the thread had no time, a call that seldom blocks is not all that is blamed", async () => {
  assert.match(
    await hintOf({ frames: [query, user], cpu: 6 }),
    /asynchronous form.*It had the processor for cpu_ms only/,
  );
  assert.doesNotMatch(await hintOf({ frames: [query, user], cpu: 240 }), /cpu_ms/);
});

test("a call that is known to wait explains itself", async () => {
  assert.match(
    await hintOf({ frames: [read, user], cpu: 6 }),
    /: Use fs\.promises\.readFile, or run it in blocking\(\)$/,
  );
});

test("the heap is not blamed for a collection of which a busy machine made a pause", async () => {
  const collected = { frames: [user], used: 35, delay: 20 };
  assert.match(await hintOf({ ...collected, cpu: 23 }), /^gc_pause: The heap has room: .* it had for cpu_ms only$/);
  assert.match(await hintOf({ ...collected, cpu: 240 }), /^gc_pause: The heap is nearly full/);
  assert.match(await hintOf({ ...collected, used: 3_000, cpu: 23 }), /^gc_pause: The heap is nearly full/);
});
