// What every test file is watched for does fail it; see ../_setup.ts.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { root } from "./sources.ts";

function run(program: string): { readonly status: number | null; readonly printed: string } {
  // Without this variable the runner believes that it is a test file itself, and runs nothing.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const args = ["--import", "./test/_setup.ts", "--test", "--test-reporter=tap", `test/house/programs/${program}.ts`];
  const options = { cwd: root, encoding: "utf8", env: { ...env, KILN_TEST_GRACE: "200" } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  return { status, printed: stdout + stderr };
}

test("a file that leaves nothing behind passes", () => {
  assert.deepEqual(run("clean").status, 0);
});

test("a file that leaves a server open fails and names it", () => {
  const { status, printed } = run("leaks");
  assert.equal(status, 1);
  assert.match(printed, /kept alive by: .*TCPServerWrap/);
});

test("a process warning fails the test that caused it", () => {
  const { status, printed } = run("warns");
  assert.equal(status, 1);
  assert.match(printed, /nobody should do that/);
});
