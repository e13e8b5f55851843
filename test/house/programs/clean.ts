// Run by ../setup.test.ts: its one test passes and leaves nothing.
import { test } from "node:test";

test("does nothing", () => {});
