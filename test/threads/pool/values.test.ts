// What crosses to a thread and back, what moves, and what is refused with its place.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { KilnError, move, Secret } from "kilnjs";
import { badResult, invert, keep, keptLength, kindOf, report, same, zipped } from "./programs/values.ts";

test("data crosses both ways as structuredClone copies it", async () => {
  const values = [
    undefined,
    null,
    7n,
    "text",
    new Date(0),
    /x/g,
    new Map([["a", new Set([1])]]),
    { list: [1, { deep: new Uint16Array([1, 2]) }] },
    new ArrayBuffer(3),
  ];
  for (const value of values) assert.deepEqual(await same(value), value);
  assert.equal(await kindOf(new Error("x")), "[object Error]");
  // Node's buffers are typed arrays to everybody else.
  assert.deepEqual(await zipped("abc"), new Uint8Array([97, 98, 99]));
});

test("an argument that cannot cross is refused with its place", async () => {
  const circular: { self?: unknown; onDone: () => void } = { onDone: function onDone() {} };
  circular.self = circular;
  for (const [options, path, what] of [
    [{ onDone: function onDone() {} }, "args[0].options.onDone", "a function (onDone)"],
    [{ list: [1, Symbol("x")] }, "args[0].options.list[1]", "a symbol"],
    [{ key: new Secret("s3cret") }, "args[0].options.key", "a Secret"],
    [{ "odd key": Promise.resolve() }, 'args[0].options["odd key"]', "a promise"],
    [new Map([["a", new WeakMap()]]), 'args[0].options.get("a")', "a weak collection"],
    [new Set([() => 1]), "args[0].options (a member)", "a function"],
    [new Proxy({}, {}), "args[0].options", "a proxy"],
    [{ server: createServer() }, "args[0].options.server", ""],
    [circular, "args[0].options.onDone", "a function (onDone)"],
  ] as const) {
    await assert.rejects(report({ title: "x", options }, 1), (error: unknown) => {
      assert.ok(error instanceof KilnError, String(error));
      assert.equal(error.code, "KILN_BLOCKING_VALUE");
      assert.ok(error.message.includes(`"${path}`), error.message);
      assert.ok(error.message.includes(`is ${what}`), error.message);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  }
  assert.equal(await report({ title: "x" }, 2), "xx");
});

test("a call that waits has its arguments as they were when it was made", async () => {
  const title = { title: "before" };
  // More than any pool has threads, so that the last ones wait.
  const calls = Array.from({ length: 40 }, () => report(title, 1));
  const refused = assert.rejects(report({ title: "x", options: () => 1 }, 1), /args\[0\]\.options" is a function/);
  title.title = "after";
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(["before"]));
  await refused;
});

test("a result that cannot cross is refused with its place, and the thread is kept", async () => {
  await assert.rejects(
    badResult("function"),
    /KILN_BLOCKING_VALUE .*"the result\.list\[1\]\.done" is a function \(done\)/,
  );
  await assert.rejects(badResult("symbol"), /"the result" is a symbol/);
  // Beyond what is looked at, the clone itself fails.
  await assert.rejects(badResult("socket"), /KILN_BLOCKING_VALUE in the result of badResult/);
  assert.equal(await same(1), 1);
});

test("a buffer that is moved leaves its sender, and is not copied", async () => {
  const image = new Uint8Array(10_000_000).fill(1);
  const { buffer } = image;
  const back = await invert(move(image));
  assert.deepEqual([image.length, buffer.detached, back.length, back[0], back[1]], [0, true, 10_000_000, 254, 1]);
});

test("a buffer that is not moved stays where it is", async () => {
  const image = new Uint8Array(1_000).fill(1);
  const { nested } = await keep(image, "copy");
  assert.deepEqual([image.length, nested[0]?.length, await keptLength()], [1_000, 1_000, 1_000]);
});

test("a part of the result can be moved", async () => {
  const { nested } = await keep(new Uint8Array(1_000), "move");
  assert.deepEqual([nested[0]?.length, await keptLength()], [1_000, 0]);
});

test("parts of arguments can be moved, also by a call that waits", async () => {
  const images = Array.from({ length: 20 }, (_, i) => new Uint8Array(100).fill(i));
  const back = await Promise.all(images.map((image) => same({ image: move(image), list: [move(image)] })));
  assert.deepEqual(
    images.map(({ length }) => length),
    images.map(() => 0),
  );
  assert.deepEqual(
    back.map((value) => (value as { image: Uint8Array; list: Uint8Array[] }).list[0]?.[99]),
    images.map((_, i) => i),
  );
});

test("a graph whose parts refer to each other is looked through once", async () => {
  const nodes: { index: number; all: unknown; image?: Uint8Array }[] = [];
  // As many paths of eight steps as 200 to the power of eight: a walk along each would not end.
  for (let index = 0; index < 200; index++) nodes.push({ index, all: nodes });
  const image = move(new Uint8Array(100));
  nodes.push({ index: 200, all: nodes, image });
  const unsent = move(new Uint8Array(1));
  assert.equal(await kindOf(nodes), "[object Array]");
  assert.equal(image.length, 0);
  assert.equal(unsent.length, 1);
});

test("what cannot move is copied: small buffers of Node's pool, shared memory", async () => {
  const small = Buffer.from("abc");
  const shared = new Int32Array(new SharedArrayBuffer(4));
  assert.deepEqual(await same([move(small), move(shared)]), [new Uint8Array(small), shared]);
  assert.equal(small.toString(), "abc");
});
