import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { ended, numbers, says, start, startPiped, upTo } from "./run.ts";

test("a reader that sleeps does not stop the loop, and gets every line later", async () => {
  // That the program says "logged" while nobody reads shows that it was not held.
  for (const way of ["natural end", "exit", "flush"]) {
    const running = start("slow", way, "5000");
    await says(running, "logged");
    const { stdout, code } = await ended(running);
    assert.deepEqual([way, code], [way, 0]);
    assert.deepEqual(numbers(stdout), upTo(5_000));
  }
});

test("the same through a pipe of the shell", async () => {
  const running = startPiped("slow", "exit", "2000");
  await says(running, "logged");
  running.go();
  const { stdout } = await ended(running);
  assert.deepEqual(numbers(stdout), upTo(2_000));
});

test("a reader that never wakes holds up the exit for seconds, not for ever", async () => {
  const running = start("slow", "exit", "2000");
  await says(running, "logged");
  const begin = performance.now();
  assert.deepEqual(await once(running, "exit"), [0, null]);
  assert.ok(performance.now() - begin < 15_000);
  running.stdout.destroy();
});

test("beyond 16 million characters lines are dropped, counted, and the count is said", async () => {
  const running = start("after-lost");
  await says(running, "logged");
  const { stdout, code } = await ended(running);
  assert.equal(code, 0);
  const lines: Record<string, unknown>[] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const lost = lines.filter((line) => line.message === "log_lines_lost");
  const count = lost.reduce((sum, line) => sum + Number(line.count), 0);
  assert.ok(count > 1_000 && count < 2_000, String(count));
  assert.equal(lines.length - lost.length + count, 3_001);
  assert.equal(lines.at(-1)?.n, 3_000);
  assert.equal(lost[0]?.level, "error");
});

test("a reader that left neither stops nor occupies the program", async () => {
  const running = start("reader-gone");
  const lines = createInterface(running.stdout);
  await Promise.all([says(running, "ready"), once(lines, "line")]);
  lines.close();
  running.stdout.destroy();
  await once(running.stdout, "close");
  const done = says(running, "done");
  const exit = once(running, "exit");
  running.kill("SIGUSR2");
  await done;
  assert.deepEqual(await exit, [0, null]);
});
