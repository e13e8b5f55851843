import type { RunningApp } from "./start.ts";

const signals = ["SIGTERM", "SIGINT"] as const;

/** How long the clean-ups of a crash may take, in milliseconds. */
const crashBudget = 5_000;

/**
 * Ends an app in order when the process is told to stop or an error escapes. The first signal is graceful, a second
 * one forces. Afterwards the same signal is raised again, so that the exit status tells the truth.
 *
 * @param starting the app, perhaps still opening its resources: what has been opened is closed
 * @returns takes the handlers away again
 */
export function onSignals(starting: Promise<RunningApp>): () => void {
  let stopping = false;

  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return end(signal);
    stopping = true;
    void starting
      .then((running) => running.close())
      .catch(() => undefined)
      .then(() => end(signal));
  };
  const end = (signal: NodeJS.Signals): void => {
    release();
    void starting
      .then(
        (running) => running.log.flushSync(),
        () => undefined,
      )
      .finally(() => process.kill(process.pid, signal));
  };
  const crash = (error: unknown): void => {
    const exit = (): never => process.exit(1);
    setTimeout(exit, crashBudget).unref();
    void starting
      .then((running) => {
        running.log.fatal({ err: error }, "uncaught_error");
        return stopping ? undefined : running.close();
      })
      .then(exit, exit);
    stopping = true;
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
