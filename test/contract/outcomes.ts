import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { Encoded } from "../../src/contract/encode.ts";
import type { Outcome, SchemaIssue } from "../../src/contract/outcome.ts";

function now<T>(value: T | Promise<T>): T {
  assert.ok(!(value instanceof Promise), "a synchronous schema costs no promise");
  return value;
}

/** The value that came of reading something that fits. */
export function read<I>(reader: (input: I) => Outcome | Promise<Outcome>, input: I): unknown {
  const outcome = now(reader(input));
  assert.ok(outcome.ok, inspect(outcome, { depth: 5 }));
  return outcome.value;
}

/** The issues that came of reading or writing something that does not fit. */
export function failed<I>(
  run: (input: I) => Outcome | Encoded | Promise<Outcome | Encoded>,
  input: I,
): readonly SchemaIssue[] {
  const outcome = now(run(input));
  assert.ok(!outcome.ok, "something is refused");
  return outcome.issues;
}

/** What was written, as a client reads it. */
export function json(encoder: (value: unknown) => Encoded | Promise<Encoded>, value: unknown): unknown {
  const encoded = now(encoder(value));
  assert.ok(encoded.ok, JSON.stringify(encoded));
  return JSON.parse(encoded.text);
}
