// Preloaded into every test file (see the script `test:node`): a process warning fails the test that caused it, and a file
// whose process does not end by itself after its last test fails with the list of what keeps it alive.
import { after } from "node:test";
import { isMainThread } from "node:worker_threads";

/** Milliseconds from the last test to the end of the process; closing a database and dropping it take some of them. */
const graceToEnd = Number(process.env.KILN_TEST_GRACE ?? 15_000);

function failOnWarning(warning: Error): void {
  // Thrown while a test runs, it fails that test and keeps its stack; between tests it fails the file.
  throw warning;
}

function failWhenStillAlive(): void {
  const kept = process.getActiveResourcesInfo().join(", ");
  process.stderr.write(`leak: ${graceToEnd} ms after its last test this file is kept alive by: ${kept}\n`);
  process.exit(1);
}

// The runner itself preloads this file too; only the processes of test files are watched.
if (process.env.NODE_TEST_CONTEXT !== undefined) {
  process.on("warning", failOnWarning);
  // Threads preload this file as well; they have no tests whose end could be waited for.
  // Not referenced: a file that leaves nothing behind ends at once and never sees it.
  if (isMainThread) after(() => void setTimeout(failWhenStillAlive, graceToEnd).unref());
}
