import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import type { LogMethod } from "../../src/logging/logger.ts";
import { captured } from "./captured.ts";

function thrower(): never {
  throw new Error("hostile");
}

const trap = new Proxy({}, { get: thrower, ownKeys: thrower, getPrototypeOf: thrower, has: thrower });
const revoked = Proxy.revocable({}, {});
revoked.revoke();

class ThrowsInJson {
  toJSON(): never {
    return thrower();
  }
  toString(): never {
    return thrower();
  }
}

const cyclic: Record<string, unknown> = { list: [] };
cyclic.self = cyclic;
cyclic.map = new Map([["again", cyclic]]);
cyclic.set = new Set([cyclic]);

let deep: unknown = "bottom";
for (let i = 0; i < 100_000; i += 1) deep = { deep };

const hostileValues: readonly unknown[] = [
  ...[trap, revoked.proxy, new ThrowsInJson(), cyclic, deep, 10n ** 40n, Symbol("s"), Number.NaN, new Date(Number.NaN)],
  ...[Object.defineProperty({}, "x", { enumerable: true, get: thrower }), new Map<unknown, unknown>([[cyclic, trap]])],
  ...["\ud800", "\u2028\u0000", "x".repeat(1_000_000), new Array(1_000_000).fill(0), new Uint8Array(1_000_000)],
  ...[
    thrower,
    new Proxy(new Error("e"), { get: thrower }),
    Object.create(null),
    new WeakMap(),
    Promise.resolve(),
    /x/g,
  ],
  ...[Object.assign(new Error("e"), { message: trap }), Object.assign(new Error("e"), { stack: new ThrowsInJson() })],
];

// As functions, because fast-check itself looks into values and would meet the traps.
const hostile: fc.Arbitrary<() => unknown> = fc.oneof(
  fc
    .anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })
    .map((value) => () => value),
  fc.constantFrom(...hostileValues.map((value) => () => value)),
);

test("logging never throws, and what it writes is one sound line each time", () => {
  fc.assert(
    fc.property(hostile, hostile, fc.constantFrom("json", "ecs", "pretty"), (makeFirst, makeSecond, format) => {
      const [first, second] = [makeFirst(), makeSecond()];
      const { root, texts, lines } = captured({ format });
      const request = root.forRequest("r1");
      // What JavaScript and `unknown` errors do, against the types.
      const info = (...given: unknown[]): void => (request.info as (...args: unknown[]) => void).apply(request, given);
      info(first);
      info(first, second);
      info({ a: first, err: second });
      // The same: any value may get here from untyped code.
      request.bind(first as Record<string, unknown>);
      request.bind({ bound: second });
      request.child({ child: first }).warn("x");
      assert.equal(texts.length, 4);
      if (format !== "pretty") lines();
    }),
    { numRuns: 1_000 },
  );
});

test("a line stays within bounds", () => {
  const { root, texts, lines } = captured();
  const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i]));
  const tree = (depth: number): unknown =>
    depth === 0 ? "x".repeat(1000) : Array.from({ length: 8 }, () => tree(depth - 1));
  root.info({ text: "x".repeat(1_000_000), deep, wide, tree: tree(6), list: new Array(1_000_000).fill("y") }, "big");
  root.info(wide, "wide");
  root.info({ map: new Map(Object.entries(wide)), set: new Set(Object.keys(wide)) }, "collections");
  for (const text of texts) assert.ok(text.length < 1_000_000, String(text.length));
  assert.match(String(lines()[0]?.text), /… \(1000000 characters\)$/);
});

test("a destination that throws does not fail its caller", () => {
  const { root } = captured({ destination: { write: thrower } });
  root.info("x");
  root.error(new Error("x"));
});

test("log methods that are called inside a getter write their own lines", () => {
  const { root, lines } = captured();
  const nested = {
    get inner(): string {
      root.info({ in: { the: "getter" } }, "inner");
      return "value";
    },
  };
  const info: LogMethod = root.info.bind(root);
  info({ nested: { nested } }, "outer");
  assert.deepEqual(
    lines().map((line) => line.message),
    ["inner", "outer"],
  );
  assert.deepEqual(lines()[1]?.nested, { nested: { inner: "value" } });
});

test("values are written as what they are", () => {
  const { root, last } = captured();
  const when = new Date(0);
  root.info(
    {
      ...{ big: 2n ** 64n, nan: Number.NaN, when, bytes: new Uint8Array(3), pattern: /a/g, set: new Set([1]) },
      ...{
        map: new Map([["a", 1]]),
        pairs: new Map([[1, "b"]]),
        none: undefined,
        list: [undefined, () => 1],
        fn: () => 1,
      },
    },
    "x",
  );
  const { level, time, message, ...fields } = last();
  assert.deepEqual(fields, {
    ...{
      big: "18446744073709551616",
      nan: null,
      when: when.toISOString(),
      bytes: "[3 bytes]",
      pattern: "/a/g",
      set: [1],
    },
    ...{ map: { a: 1 }, pairs: [[1, "b"]], list: [null, null] },
  });
  const socket = new Socket();
  root.info({ socket, error: Object.assign(new Error("e"), { socket }) }, "x");
  assert.equal(last().socket, "[Socket]");
  root.info(socket);
  assert.equal(last().value, "[Socket]");
  root.info(new Map([["a", 1]]));
  assert.deepEqual(last().value, { a: 1 });
});

test("fields that pino or JavaScript would take for something else are fields", () => {
  const { root, last } = captured();
  root.info({ method: "GET", headers: { host: "x" }, socket: "s", setHeader: () => 1 }, "100%s %d %j");
  const { level, time, message, ...request } = last();
  assert.equal(message, "100%s %d %j");
  assert.deepEqual(request, { method: "GET", headers: { host: "x" }, socket: "s" });
  const text =
    '{"toString":1,"constructor":"c","hasOwnProperty":true,"valueOf":{"__proto__":{"polluted":1}},"__proto__":2}';
  root.info(JSON.parse(text), "names");
  const { level: _level, time: _time, message: _message, ...names } = last();
  const shown = JSON.stringify(names);
  assert.equal(shown, text.replaceAll("__proto__", "__proto___"));
  root.info({ list: [{ toJSON: () => "called" }], toJSON: "text" }, "x");
  assert.deepEqual([last().list, last().toJSON], [[{}], "text"]);
});
