import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { requestCompleted, requestReceived } from "../../src/logging/access.ts";
import { type Captured, captured } from "./captured.ts";

const origin = { service: 'the "shop"', environment: "production" };
const withoutTime = ({ texts }: Captured): string[] => texts.map((text) => text.replace(/"time":"[^"]*"/, '"time":""'));

const piece = fc.oneof(
  fc.string({ unit: "grapheme-ascii", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom('"', "\\", "\n", "é", "://u:pw@h", "://", "@", "=", "?token=x", "{", "\u2028", "\ud800"),
);
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));
const method = fc.constantFrom("GET", "POST", 'A"B');
// Half a character in a name is written by pino as it is, which is no UTF-8; here it is escaped.
const name = text.map((name) => name.toWellFormed());
const bound = fc.option(
  fc.dictionary(fc.oneof(fc.constantFrom("method", "err", "user_id", "password", "__proto__"), name), fc.jsonValue(), {
    maxKeys: 3,
  }),
  { nil: undefined },
);
const completed = fc.record({
  method,
  path: text,
  route: fc.option(text, { nil: undefined }),
  status_code: fc.integer({ min: 100, max: 599 }),
  duration_ms: fc.double({ min: 0, max: 1e9, noNaN: true }),
  aborted: fc.boolean(),
});

test("the lines of a request say what any line with the same fields says, byte for byte", () => {
  fc.assert(
    fc.property(text, bound, completed, (id, bound, fields) => {
      const [short, long] = [captured(origin), captured(origin)];
      const [one, other] = [short.root.forRequest(id), long.root.forRequest(id)];
      if (bound !== undefined) for (const log of [one, other]) log.bind(bound);
      const { method, path, aborted, status_code, route } = fields;
      const duration_ms = Math.round(fields.duration_ms * 1000) / 1000;
      requestReceived(one, { method, path });
      requestCompleted(one, fields);
      other.info({ method, path }, "request_received");
      other[status_code >= 500 && !aborted ? "error" : "info"](
        { method, path, route, status_code, duration_ms, ...(aborted ? { aborted } : {}) },
        "request_completed",
      );
      assert.deepEqual(withoutTime(short), withoutTime(long));
    }),
    { numRuns: 500 },
  );
});

test("a line of any fields says the same as with a bound field beside them that has to be looked at", () => {
  const value = fc.oneof(
    text,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(undefined, null),
    fc.jsonValue(),
  );
  const names = fc.oneof(fc.constantFrom("time", "value", "key", "password", "err", "name", "a"), name);
  fc.assert(
    fc.property(
      text,
      fc.dictionary(names, value, { maxKeys: 4 }),
      fc.option(text, { nil: undefined }),
      (id, fields, message) => {
        const { root, texts } = captured(origin);
        const log = root.forRequest(id);
        // No plain object, and the same to whoever reads it.
        const looked = new Proxy({ ...fields }, { getPrototypeOf: () => Object.create(null) });
        log.info(fields, message);
        log.info(looked, message);
        const [short, long] = texts.map((line) => line.replace(/"time":"[^"]*"/, ""));
        assert.equal(short, long);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a getter that throws is told in its place", () => {
  const { root, last } = captured();
  const fields = {
    fine: 1,
    get broken(): string {
      throw new Error("no");
    },
  };
  root.info(fields, "read");
  assert.equal(last().broken, "[unreadable]");
  assert.equal(last().fine, 1);
});

test("below the level no line of a request is written", () => {
  const { root, texts } = captured({ level: "warn" });
  const log = root.forRequest("r1");
  requestReceived(log, { method: "GET", path: "/" });
  requestCompleted(log, { method: "GET", path: "/", route: "/", status_code: 200, duration_ms: 1 });
  assert.deepEqual(texts, []);
});

test("a destination that throws does not fail the request", () => {
  const broken = { write: () => assert.fail("the disk is gone") };
  const { root } = captured({ destination: broken });
  requestReceived(root.forRequest("r1"), { method: "GET", path: "/" });
});
