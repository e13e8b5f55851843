import { KilnError } from "../../errors/kiln-error.ts";
import { shortPath } from "../../errors/place.ts";

/** A function that `blocking()` was given, as a thread keeps it. */
export interface Registered {
  readonly fn: (...args: unknown[]) => unknown;
  readonly takesSignal: boolean;
}

/** What a thread of the pool knows of itself. */
export interface ThreadState {
  /** The module that is being imported for a call, as long as it is. */
  importing: string | undefined;
  /** What the import did beside defining things. */
  readonly effects: KilnError[];
  /** By module and name. */
  readonly functions: Map<string, Registered>;
}

let state: ThreadState | undefined;

/** Says that this is a thread of the pool; its entry does it once. */
export function enterThread(): ThreadState {
  state ??= { importing: undefined, effects: [], functions: new Map() };
  return state;
}

/** The thread's state in a thread of the pool, undefined everywhere else. */
export function threadState(): ThreadState | undefined {
  return state;
}

/** The key of a function: the module that defines it, and its name. */
export function functionKey(url: string, name: string): string {
  return `${url}#${name}`;
}

/** How messages call the import of a module. */
export function importOf(url: string): string {
  return `the import of ${shortPath(url)} in a thread`;
}

/**
 * Refuses what no thread may do while it imports the module of a `blocking()` function; elsewhere it does nothing.
 *
 * @param what the call, for example `app.listen()`
 * @throws KilnError KILN_BLOCKING_IMPORT, which also becomes the failure of the call that the import was for: a module
 * that drops the promise of `app.listen()` does not get away with it
 */
export function refuseWhileImporting(what: string): void {
  if (state?.importing === undefined) return;
  const error = new KilnError("KILN_BLOCKING_IMPORT", {
    where: importOf(state.importing),
    what,
    why: "ran when a thread imported the module, although importing a module with a blocking() function must do nothing but define things",
    fix: "Put it behind `if (import.meta.main)`, which is false in threads, or move the function to a module of its own",
  });
  state.effects.push(error);
  throw error;
}

/** Refuses to start an app in a thread of the pool, where it would be a second one. */
export function refuseInThread(what: string): void {
  if (state === undefined) return;
  refuseWhileImporting(what);
  throw new KilnError("KILN_BLOCKING_IMPORT", {
    where: "a thread of blocking()",
    what,
    why: "would be a second app in the process",
    fix: "Start apps in the main thread only",
  });
}
