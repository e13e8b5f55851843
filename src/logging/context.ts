import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger, RootLogger } from "./logger.ts";

let storage: AsyncLocalStorage<Logger> | undefined;
let appLogger: RootLogger | undefined;

/**
 * Runs `fn` so that the imported `log`, in it and in everything asynchronous that it starts, writes to `logger`.
 *
 * @param logger the logger of the request
 * @param fn what to run
 * @returns what `fn` returns
 * @throws what `fn` throws
 */
export function runWithLogger<T>(logger: Logger, fn: () => T): T {
  // Made at first use: importing must have no effect.
  storage ??= new AsyncLocalStorage<Logger>({ name: "kiln.log" });
  return storage.run(logger, fn);
}

/** The logger of the current async context, if there is one. */
export function currentLogger(): Logger | undefined {
  return storage?.getStore();
}

/** Sets what the imported `log` writes to outside a request: the logger of the running app. */
export function setAppLogger(logger: RootLogger | undefined): void {
  appLogger = logger;
}

/** The logger of the current async context, else the app's, if either exists. */
export function ambientLogger(): Logger | undefined {
  return storage?.getStore() ?? appLogger;
}
