import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger, RootLogger } from "./logger.ts";

/** A function of the user's that Kiln calls for a request, a task or a job. */
export interface Part {
  readonly kind: "provider" | "handler";
  readonly name: string;
  /** `file:line` where it was declared; an empty string when that is not known. */
  readonly place: string;
  /** Whether others may run at the same time. */
  readonly concurrent?: boolean;
}

/** What code runs for. It reaches everything asynchronous that the code starts, and what asks "for whom?" reads it. */
export interface Activity {
  readonly kind: "request" | "task" | "job" | "app";
  readonly log: Logger;
  /** The template of the route, or the name of the task or job. */
  readonly name?: string | undefined;
  /** Of a request, such as `GET`. */
  readonly method?: string | undefined;
  /** The function that Kiln has called last for it. */
  readonly part?: Part | undefined;
  /** The id of the request that it is, or that began it. */
  readonly requestId?: string | undefined;
  /** Aborted when what is done for it is no longer wanted. */
  readonly signal?: AbortSignal | undefined;
  /** Whether its clean-ups run: they must neither be stopped nor wait for what they clean up after. */
  readonly cleaningUp?: boolean | undefined;
}

let storage: AsyncLocalStorage<Activity> | undefined;
// Several apps may run in one process, in tests above all; the latest to start is the one that is meant outside of any.
const appLoggers = new Set<RootLogger>();
let latestAppLogger: RootLogger | undefined;

/**
 * Runs `fn` for `activity`: in it and in everything asynchronous that it starts, the imported `log` writes to the
 * activity's logger.
 *
 * @param activity what `fn` is done for
 * @param fn what to run
 * @returns what `fn` returns
 * @throws what `fn` throws
 */
export function runFor<T>(activity: Activity, fn: () => T): T {
  // Made at first use: importing must have no effect.
  storage ??= new AsyncLocalStorage<Activity>({ name: "kiln.activity" });
  return storage.run(activity, fn);
}

/** Runs the clean-up of the provider called `provider` for whatever the calling code runs for. */
export function runCleanUp<T>(provider: string, fn: () => T): T {
  const activity = storage?.getStore();
  if (activity === undefined) return fn();
  const { kind, log, name, method, requestId } = activity;
  const part: Part = { kind: "provider", name: provider, place: "" };
  // Without the signal: that the client has gone or the time is up must not stop what gives things back.
  return runFor({ kind, log, name, method, part, requestId, cleaningUp: true }, fn);
}

/** Runs `fn` for nothing: what it starts, such as the timer of an idle connection, must not keep an activity alive. */
export function runOutside<T>(fn: () => T): T {
  return storage === undefined ? fn() : storage.exit(fn);
}

/** What the calling code runs for, if for anything. */
export function currentActivity(): Activity | undefined {
  return storage?.getStore();
}

/** Says what the imported `log` writes to outside a request: the logger of an app that starts. */
export function addAppLogger(logger: RootLogger): void {
  appLoggers.add(logger);
  latestAppLogger = logger;
}

/** Undoes {@link addAppLogger} when the app has ended; then an app that still runs is the one that is meant. */
export function removeAppLogger(logger: RootLogger): void {
  appLoggers.delete(logger);
  latestAppLogger = [...appLoggers].at(-1);
}

/** The logger of the current async context, else the app's, if either exists. */
export function ambientLogger(): Logger | undefined {
  return storage?.getStore()?.log ?? latestAppLogger;
}
