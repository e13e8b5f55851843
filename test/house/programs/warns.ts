// Run by ../setup.test.ts: its one test passes, and causes a warning.
import { test } from "node:test";

test("warns", async () => {
  process.emitWarning("nobody should do that");
  await new Promise((resolve) => setImmediate(resolve));
});
