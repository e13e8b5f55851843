import { constants } from "node:os";
import { inspect } from "node:util";
import { reportCutOff } from "./shutdown.ts";
import type { RunningApp } from "./start.ts";

/** What a process does about signals and errors, where it is not the usual. */
export interface SignalOptions {
  /** The signals that it listens to. Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Takes the first signal, instead of ending the app. */
  readonly onAsked?: (signal: NodeJS.Signals) => void;
  /** Told that an error escaped, before the app ends. */
  readonly onCrash?: (error: unknown) => void;
}

/** How long the clean-ups of a crash may take, in milliseconds. */
const crashBudget = 5_000;

/**
 * Ends an app in order when the process is told to stop or an error escapes. The first signal is graceful, a second
 * one forces. Afterwards the same signal is raised again, so that the exit status tells the truth.
 *
 * @param starting the app, perhaps still opening its resources: what has been opened is closed
 * @returns takes the handlers away again
 */
export function onSignals(starting: Promise<RunningApp>, options: SignalOptions = {}): () => void {
  const { signals = ["SIGTERM", "SIGINT"], onAsked, onCrash } = options;
  let stopping = false;
  let running: RunningApp | undefined;
  void starting.then(
    (started) => {
      running = started;
    },
    () => undefined,
  );

  const stop = (signal: NodeJS.Signals): void => {
    // Not after the start: what hangs while it opens could not be forced.
    if (stopping) return end(signal);
    stopping = true;
    if (onAsked !== undefined) return onAsked(signal);
    void starting
      .then((started) => started.close())
      .catch(() => undefined)
      .then(() => end(signal));
  };
  const sayTheLast = (): void => {
    if (running === undefined) return;
    // Nothing after an orderly end; what is lost, where the process ends before its grace does.
    reportCutOff(running.state, running.log);
    running.log.flushSync();
  };
  const end = (signal: NodeJS.Signals): void => {
    release();
    sayTheLast();
    endBy(signal);
  };
  const exit = (): never => {
    sayTheLast();
    process.exit(1);
  };
  const crash = (error: unknown): void => {
    stopping = true;
    // For a process that ends by itself because nothing holds it any more.
    process.exitCode = 1;
    // While the app starts there is no log to be had; what went wrong must not be lost with the process.
    if (running === undefined) process.stderr.write(`${inspect(error)}\n`);
    else running.log.fatal({ err: error }, "uncaught_error");
    onCrash?.(error);
    setTimeout(exit, crashBudget).unref();
    // Errors come in swarms: those that follow wait for the same clean-ups.
    void starting.then((started) => started.close()).then(exit, exit);
  };
  const release = (): void => {
    for (const signal of signals) process.off(signal, stop);
    process.off("uncaughtException", crash);
    process.off("unhandledRejection", crash);
  };
  for (const signal of signals) process.on(signal, stop);
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  return release;
}

/** Ends this process by a signal, so that its exit status is true. */
export function endBy(signal: NodeJS.Signals): never {
  process.kill(process.pid, signal);
  // Still here: the first process of a container, which the kernel protects from its own signals.
  process.exit(128 + constants.signals[signal]);
}
