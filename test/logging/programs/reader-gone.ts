// Logs on and on over many turns, whether or not anyone reads.
import { writeSync } from "node:fs";
import { createLogger } from "../../../src/logging/create-logger.ts";

const log = createLogger({ production: true });
log.info({ n: 0 }, "line");
await log.flush();
process.once("SIGUSR2", async () => {
  for (let n = 1; n < 500; n += 1) {
    log.info({ n }, "line");
    await new Promise((resolve) => setImmediate(resolve));
  }
  await log.flush();
  log.flushSync();
  await log.close();
  writeSync(2, "done\n");
  clearInterval(alive);
});
const alive = setInterval(() => {}, 1_000);
writeSync(2, "ready\n");
