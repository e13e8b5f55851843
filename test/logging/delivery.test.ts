import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { ended, numbers, start, startPiped, startWithFourth, upTo } from "./run.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kiln-logging-"));
});
after(() => rm(folder, { recursive: true }));

const ways = [
  { way: "normal", lines: 600, code: 0 },
  { way: "exit", lines: 600, code: 3 },
  { way: "throw", lines: 800, code: 1 },
  { way: "reject", lines: 600, code: 1 },
  { way: "exit listener", lines: 800, code: 0 },
  { way: "signal", lines: 800, signal: "SIGTERM" },
  { way: "kill", lines: 600, signal: "SIGKILL" },
  { way: "fatal", lines: 601, signal: "SIGKILL" },
] as const;

for (const each of ways) {
  test(`no line is lost: ${each.way}`, async () => {
    const file = join(folder, "sub", `${each.way}.log`);
    const [pipe, toFile] = await Promise.all([
      ended(start("ending", each.way)),
      ended(start("ending", each.way, file)),
    ]);
    for (const { code, signal } of [pipe, toFile]) {
      assert.equal(code, "code" in each ? each.code : null);
      assert.equal(signal, "signal" in each ? each.signal : null);
    }
    assert.deepEqual(numbers(pipe.stdout), upTo(each.lines));
    assert.deepEqual(numbers(await readFile(file, "utf8")), upTo(each.lines));
  });
}

test("no line is lost when a turn logs more than a pipe holds", async () => {
  const { stdout } = await ended(start("ending", "exit", "1", "5000"));
  assert.deepEqual(numbers(stdout), upTo(15_000));
});

test("no line is lost through a pipe of the shell", async () => {
  for (const way of ["normal", "exit", "throw"]) {
    const running = startPiped("ending", way, "1", "5000");
    running.go();
    const { stdout } = await ended(running);
    assert.deepEqual(numbers(stdout), upTo(way === "throw" ? 20_000 : 15_000));
  }
});

test("no line is lost on another descriptor", async () => {
  const running = startWithFourth("ending", "exit", "3", "5000");
  const [output, { code }] = await Promise.all([text(running.fourth), ended(running)]);
  assert.equal(code, 3);
  assert.deepEqual(numbers(output), upTo(15_000));
});

test("a file is complete when close has resolved, and closed after", async () => {
  const file = join(folder, "close.log");
  const { code, stderr } = await ended(start("ending", "close", file));
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(numbers(await readFile(file, "utf8")), upTo(600));
});

test("importing has no effect, and the default logger is made at the first line", async () => {
  const quiet = await ended(start("imports"));
  assert.equal(quiet.stdout, "nothing changed\n");
  const loud = await ended(start("imports", "log"));
  assert.match(loud.stdout, /^nothing changed\n.* INFO {2}by default\n$/);
});
