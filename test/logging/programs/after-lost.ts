// Logs more than the memory limit while nobody reads, says so, then goes on once the reader has caught up.
import { writeSync } from "node:fs";
import { createLogger } from "../../../src/logging/create-logger.ts";

const log = createLogger({ production: true });
const padding = "x".repeat(10_000);
const total = 3_000;
for (let n = 0; n < total; n += 1) {
  log.info({ n, padding }, "line");
  if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}
writeSync(2, "logged\n");
await log.flush();
log.info({ n: total }, "line");
