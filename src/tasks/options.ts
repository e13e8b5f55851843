import { KilnError } from "../errors/kiln-error.ts";

/** How much work for after the response an app takes on; all of it is per process. */
export interface BackgroundOptions {
  /** How many tasks run at once. Default 20. */
  readonly concurrency?: number;
  /** How long a task may take, in milliseconds, from when it starts; 0 for no end. Default 60,000. */
  readonly timeout?: number;
  /** How many tasks may wait beside those that run, before `add` throws {@link BackgroundFull}. Default 1,000. */
  readonly queue?: number;
}

const defaults: Required<BackgroundOptions> = { concurrency: 20, timeout: 60_000, queue: 1_000 };

function refuse(name: keyof BackgroundOptions, value: unknown, why: string): never {
  throw new KilnError("KILN_BACKGROUND_OPTIONS", {
    where: "kiln({ background })",
    what: `${name}: ${String(value)}`,
    why,
    fix: `Leave it out for the default, ${defaults[name]}, or give a number that fits`,
  });
}

/**
 * The limits of an app's background tasks, defaults filled in.
 *
 * @throws KilnError KILN_BACKGROUND_OPTIONS for a number that cannot work
 */
export function backgroundLimits(options: BackgroundOptions = {}): Required<BackgroundOptions> {
  const { concurrency = defaults.concurrency, timeout = defaults.timeout, queue = defaults.queue } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    refuse("concurrency", concurrency, "is no whole number above 0, so no task would run");
  }
  if (!Number.isInteger(queue) || queue < 0) refuse("queue", queue, "is no whole number of tasks");
  if (!(timeout >= 0)) refuse("timeout", timeout, "is no number of milliseconds");
  return { concurrency, timeout, queue };
}
