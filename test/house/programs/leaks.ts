// Run by ../setup.test.ts: its one test passes, and leaves a server open.
import { createServer } from "node:http";
import { test } from "node:test";

test("opens a server", async () => {
  await new Promise<void>((resolve) => createServer().listen(0, "127.0.0.1", resolve));
});
