import assert from "node:assert/strict";
import { test } from "node:test";
import { httpError } from "../../src/contract/http-error.ts";
import { captured } from "./captured.ts";

test("an error is one line with its whole chain of causes", () => {
  const { root, lines, last } = captured();
  const root1 = Object.assign(new Error("connection refused"), { code: "ECONNREFUSED", port: 5432 });
  const middle = new TypeError("no row", { cause: root1 });
  root.error(new Error("cannot load", { cause: middle }), "load_failed");
  assert.equal(lines().length, 1);
  const line = last();
  assert.equal(line.message, "load_failed");
  // The line was parsed from JSON, so its parts are plain objects.
  const err = line.err as Record<string, unknown>;
  const cause = err.cause as Record<string, unknown>;
  const deepest = cause.cause as Record<string, unknown>;
  assert.deepEqual([err.type, err.message], ["Error", "cannot load"]);
  assert.match(String(err.stack), /^Error: cannot load\n {4}at /);
  assert.deepEqual([cause.type, cause.message], ["TypeError", "no row"]);
  assert.deepEqual([deepest.message, deepest.code, deepest.port], ["connection refused", "ECONNREFUSED", 5432]);
});

test("an error alone gives its message to the line", () => {
  const { root, last } = captured();
  root.error(new Error("alone"));
  assert.equal(last().message, "alone");
  root.error({ err: new Error("as a field"), user: 1 });
  assert.equal(last().message, "as a field");
  assert.equal(last().user, 1);
});

test("the errors of an AggregateError, their own fields, and causes that are no errors", () => {
  const { root, last } = captured();
  const many = new AggregateError([new Error("one"), "two"], "many", { cause: { reason: "why", password: "p" } });
  const Gone = httpError(410, "gone", "It is gone");
  root.error({ many, gone: new Gone("for good") }, "x");
  const said = last().many as Record<string, unknown>;
  const [one, two] = said.errors as [Record<string, unknown>, unknown];
  assert.equal(one.message, "one");
  assert.equal(two, "two");
  assert.deepEqual(said.cause, { reason: "why", password: "***" });
  const gone = last().gone as Record<string, unknown>;
  assert.deepEqual([gone.type, gone.status, gone.code, gone.message], ["HttpError", 410, "gone", "for good"]);
});

test("a chain that closes on itself, or never ends, is cut", () => {
  const { root, last } = captured();
  const error = new Error("self");
  error.cause = error;
  root.error(error);
  assert.equal((last().err as Record<string, unknown>).cause, "[circular]");
  let chain = new Error("0");
  for (let i = 1; i < 1000; i += 1) chain = new Error(String(i), { cause: chain });
  root.error(chain);
  assert.match(JSON.stringify(last()), /"cause":"\[too deep\]"/);
});

test("a frozen error is shown whole and stays as it was", () => {
  const { root, last } = captured();
  const error = Object.freeze(new Error("frozen", { cause: Object.freeze(new Error("ice")) }));
  const keys = Reflect.ownKeys(error);
  root.error(error);
  const err = last().err as Record<string, Record<string, unknown>>;
  assert.deepEqual([err.message, err.cause?.message], ["frozen", "ice"]);
  assert.deepEqual(Reflect.ownKeys(error), keys);
});

test("an error that lies about itself is still one line", () => {
  const { root, last } = captured();
  const error = new Error("x");
  Object.defineProperty(error, "message", {
    get: () => {
      throw new Error("no message");
    },
  });
  Object.defineProperty(error, "stack", { value: { not: "text" } });
  Object.defineProperty(error, "name", { value: 7 });
  root.error(error);
  const err = last().err as Record<string, unknown>;
  assert.deepEqual([err.type, err.message], ["Error", "[unreadable]"]);
});
