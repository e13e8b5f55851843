// Logs numbered lines over several turns, then ends in the way it was told.
import { createLogger } from "../../../src/logging/create-logger.ts";

const [way = "", destination = "1", perTurn = "200"] = process.argv.slice(2);
const to = /^\d+$/.test(destination) ? Number(destination) : destination;
const log = createLogger({ production: true, destination: to });
const other = createLogger({ production: true, destination: to });
let n = 0;

function some(): void {
  for (let i = 0; i < Number(perTurn); i += 1) {
    // Two loggers on one destination keep their order.
    (i % 2 === 0 ? log : other).info({ n, padding: "x".repeat(100) }, "line");
    n += 1;
  }
}

some();
await new Promise((resolve) => setImmediate(resolve));
some();
await new Promise((resolve) => setTimeout(resolve, 1));
some();

if (way === "exit") process.exit(3);
else if (way === "throw") {
  setImmediate(() => {
    some();
    throw new Error("uncaught");
  });
} else if (way === "reject") void Promise.reject(new Error("unhandled"));
else if (way === "exit listener") process.on("exit", () => some());
else if (way === "signal") {
  process.once("SIGTERM", () => {
    some();
    log.flushSync();
    process.kill(process.pid, "SIGTERM");
  });
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => {}, 10_000);
} else if (way === "kill") {
  // The turn before this one is out; what is logged in this one may be lost.
  await new Promise((resolve) => setImmediate(resolve));
  process.kill(process.pid, "SIGKILL");
  setTimeout(() => {}, 10_000);
} else if (way === "fatal") {
  log.fatal({ n }, "the last");
  process.kill(process.pid, "SIGKILL");
} else if (way === "close") {
  await log.close();
  await other.close();
  log.info({ n: -1 }, "late");
}
