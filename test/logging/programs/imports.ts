// Importing must have no effect: no listener, no file, nothing that keeps the process.
import { writeSync } from "node:fs";
// Node opens standard error when this is first imported; that is no doing of Kiln's.
import "node:util";

const state = (): string => JSON.stringify([process.eventNames(), process.getActiveResourcesInfo()]);
const before = state();
const { log } = await import("../../../src/logging/log.ts");
await import("../../../src/logging/create-logger.ts");
writeSync(1, state() === before ? "nothing changed\n" : `${before} became ${state()}\n`);
if (process.argv[2] === "log") log.info("by default");
