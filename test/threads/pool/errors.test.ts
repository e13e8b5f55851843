// How an error comes back from a thread.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpError, KilnError, kiln } from "kilnjs";
import { bothWays } from "../../both-ways.ts";
import { FontTooOld, NoSuchFont, OutOfInk, print, printCarefully } from "./programs/errors.ts";

async function errorOf(call: Promise<never>): Promise<Error> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  assert.ok(error instanceof Error, String(error));
  return error;
}

test("errors of JavaScript keep their class, and have both stacks", async () => {
  async function askForTrouble(): Promise<never> {
    return print("nothing");
  }
  const error = await errorOf(askForTrouble());
  assert.ok(error instanceof SyntaxError);
  assert.equal(error.message, "no such kind");
  const [thread, main] = error.stack?.split("    at (called from the main thread)\n") ?? [];
  assert.match(
    thread ?? "",
    /^SyntaxError: no such kind\n.*throwKind.*errors\.ts:\d+:\d+\)\n.*print.*errors\.ts:\d+:\d+\)\n$/,
  );
  assert.match(main ?? "", /^ {4}at askForTrouble .*errors\.test\.ts:\d+:\d+\)/);
});

test("httpError classes keep class, status, code, detail, headers, extra and cause", async () => {
  const error = await errorOf(print("http"));
  assert.ok(error instanceof NoSuchFont);
  assert.deepEqual(
    [error.status, error.code, error.title, error.detail, error.headers, error.extra],
    [422, "no_such_font", "No font has this name", "Comic", { "retry-after": "5" }, { font: "Comic" }],
  );
  assert.ok(error.cause instanceof RangeError);
  assert.match(error.cause.stack ?? "", /errors\.ts:\d+/);
});

test("an httpError class that only the thread has is an HttpError, with its status", async () => {
  const error = await errorOf(print("unknown-http"));
  assert.ok(error instanceof HttpError);
  assert.deepEqual([error.status, error.code], [418, "made_in_thread"]);
});

test("classes of the user's are kept when they are named, else name and properties are", async () => {
  const known = await errorOf(printCarefully("own"));
  assert.ok(known instanceof OutOfInk);
  assert.deepEqual([known.colour, known.advice, known.message], ["cyan", "buy cyan", "no cyan left"]);
  assert.ok(known.cause instanceof TypeError);
  assert.equal(known.cause.cause, "a text");
  const unknown = await errorOf(print("own"));
  assert.deepEqual([unknown.name, Reflect.get(unknown, "colour")], ["OutOfInk", "cyan"]);
  assert.ok((await errorOf(printCarefully("subclass"))) instanceof FontTooOld);
  // The nearest class that is known here.
  assert.ok((await errorOf(print("subclass"))) instanceof NoSuchFont);
});

test("other kinds of errors", async () => {
  const aggregate = await errorOf(printCarefully("aggregate"));
  assert.ok(aggregate instanceof AggregateError);
  assert.deepEqual(
    aggregate.errors.map((each: Error) => each.constructor),
    [RangeError, OutOfInk],
  );
  const dom = await errorOf(print("dom"));
  assert.deepEqual([dom instanceof DOMException, dom.name, dom.message], [true, "TimeoutError", "too slow"]);
  const system = await errorOf(print("system"));
  assert.deepEqual({ ...system }, { code: "ENOENT", errno: -2, callback: "[function callback]" });
  const own = await errorOf(print("kiln"));
  assert.deepEqual([own instanceof KilnError, Reflect.get(own, "code")], [true, "KILN_BODY_METHOD"]);
  assert.equal(await print("text").catch((reason: unknown) => reason), "only text");
  assert.equal((await errorOf(print("circle"))).message, "round");
  assert.equal((await errorOf(print("odd-aggregate"))).message, "odd");
});

test("of errors that hold each other, as many come back as anybody reads", async () => {
  const knot = await errorOf(print("knot"));
  assert.ok(knot instanceof AggregateError);
  const count = (error: unknown): number =>
    error instanceof AggregateError ? error.errors.reduce((sum: number, inner) => sum + count(inner), 1) : 1;
  // Eight in each, ten deep, would be a thousand million.
  assert.equal(count(knot), 100);
});

bothWays(
  "an httpError from a thread is the answer, and any other a 500 with one line that has both stacks",
  () => {
    const app = kiln({ title: "Printer" });
    app.get("/http", {}, () => print("http"));
    app.get("/own", {}, () => print("own"));
    return app;
  },
  async (t) => {
    const planned = await t.get("/http");
    assert.deepEqual([planned.status, planned.headers.get("retry-after")], [422, "5"]);
    assert.equal((planned.json() as { detail: string }).detail, "Comic");
    assert.equal((await t.get("/own")).status, 500);
    const line = t.logs.find("request_failed");
    const { type, stack, colour } = (line?.err ?? {}) as { type: string; stack: string; colour: string };
    assert.deepEqual([type, colour], ["OutOfInk", "cyan"]);
    assert.match(stack, /programs\/errors\.ts(.|\n)*called from the main thread(.|\n)*errors\.test\.ts/);
  },
);
