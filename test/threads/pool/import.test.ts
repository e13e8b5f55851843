// What a thread imports, and what it says about a module that does more than define things.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, before, test } from "node:test";
import { KilnError } from "kilnjs";
import { double as calls } from "./programs/modules/calls.ts";
import { double as connects } from "./programs/modules/connects.ts";
import { double as dropsStart } from "./programs/modules/drops-start.ts";
import { twice } from "./programs/modules/hidden.ts";
import { double as listens } from "./programs/modules/listens.ts";
import { double as onlyMain } from "./programs/modules/only-main.ts";
import { double as startsApp } from "./programs/modules/starts-app.ts";
import { double as throws } from "./programs/modules/throws.ts";
import { where } from "./programs/work.ts";

const server = createServer();

// A thread has the environment as it is when the thread starts. This thread has imported the modules before.
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.env.KILN_TEST_EFFECT = "yes";
  // A server that listens has an address of this kind.
  process.env.KILN_TEST_PORT = String((server.address() as AddressInfo).port);
});
after(() => server.close());

/** The error of a call. */
async function errorOf(call: Promise<unknown>): Promise<KilnError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof KilnError, String(error));
  return error;
}

test("import.meta.main is false in a thread, and the thread is another one", async () => {
  const { main, isMainThread, threadId } = await where();
  assert.deepEqual([main, isMainThread, threadId > 0], [false, false, true]);
});

test("a function that is not exported is found as well", async () => {
  assert.equal(await twice(4), 8);
});

for (const [what, call] of [
  ["app.listen()", startsApp],
  ["app.listen()", dropsStart],
  ["server.listen()", listens],
  ["double()", calls],
] as const) {
  test(`a module that runs ${what} when it is imported is refused, and told what ran`, async () => {
    const error = await errorOf(call(1));
    assert.equal(error.code, "KILN_BLOCKING_IMPORT");
    assert.ok(error.message.includes(`"${what}" ran when a thread imported the module`), error.message);
    assert.match(error.message, /import\.meta\.main/);
    // A module is evaluated once in a thread: the next call must not find a module that seems to be in order.
    assert.equal((await errorOf(call(1))).code, "KILN_BLOCKING_IMPORT");
  });
}

test("a module that opens a connection when it is imported is refused", async () => {
  const error = await errorOf(connects(1));
  assert.equal(error.code, "KILN_BLOCKING_IMPORT");
  assert.match(error.message, /"a connection" was opened by the import/);
});

test("a file of tests is refused: the thread would run them again", async () => {
  const { stdout } = spawnSync(
    process.execPath,
    ["--conditions=kilnjs-source", "--test", "programs/defines-in-test.ts"],
    {
      cwd: import.meta.dirname,
      encoding: "utf8",
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    },
  );
  assert.match(stdout, /import "node:test"" ran when a thread imported the module/);
  assert.match(stdout, /fail 1\n/);
});

test("a module that cannot be imported in a thread is told with the reason", async () => {
  const error = await errorOf(throws(1));
  assert.equal(error.code, "KILN_BLOCKING_IMPORT");
  assert.match(error.message, /no window here/);
  assert.ok(error.cause instanceof TypeError);
});

test("a function that is defined in the main thread only is not found", async () => {
  assert.ok(onlyMain !== undefined);
  const error = await errorOf(onlyMain(1));
  assert.equal(error.code, "KILN_BLOCKING_NOT_FOUND");
  assert.match(error.message, /"double" is not there after the import/);
});
