// Logs much more than a pipe holds while nobody reads, says so, and ends in the way it was told.
import { writeSync } from "node:fs";
import { createLogger } from "../../../src/logging/create-logger.ts";

const [way = "", lines = "0"] = process.argv.slice(2);
const log = createLogger({ production: true });
const padding = "x".repeat(900);
for (let n = 0; n < Number(lines); n += 1) {
  log.info({ n, padding }, "line");
  if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}
writeSync(2, "logged\n");
if (way === "exit") process.exit(0);
if (way === "flush") {
  await log.flush();
  writeSync(2, "flushed\n");
}
