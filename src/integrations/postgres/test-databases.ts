import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<true>();

/**
 * Runs the start of a test app: every `postgres()` that opens inside gets a fresh database of its own on its server,
 * copied from a template with the migrations applied, and drops it when it closes. The named database is not touched.
 */
export function withTestDatabases<T>(start: () => T): T {
  return storage.run(true, start);
}

/** Tells whether a database that opens now belongs to a test app. */
export function opensForTest(): boolean {
  return storage.getStore() === true;
}
