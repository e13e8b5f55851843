import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger, RootLogger } from "./logger.ts";

let storage: AsyncLocalStorage<Logger> | undefined;
// Several apps may run in one process, in tests above all; the latest to start is the one that is meant outside of any.
const appLoggers = new Set<RootLogger>();

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

/** Says what the imported `log` writes to outside a request: the logger of an app that starts. */
export function addAppLogger(logger: RootLogger): void {
  appLoggers.add(logger);
}

/** Undoes {@link addAppLogger} when the app has ended; then an app that still runs is the one that is meant. */
export function removeAppLogger(logger: RootLogger): void {
  appLoggers.delete(logger);
}

/** The logger of the current async context, else the app's, if either exists. */
export function ambientLogger(): Logger | undefined {
  return storage?.getStore() ?? [...appLoggers].at(-1);
}
