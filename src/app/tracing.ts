import { kilnVersion } from "../admin/version.ts";
import type { Lifespan } from "../inject/lifespan.ts";
import type { LoggingOptions, RootLogger } from "../logging/logger.ts";
import { openTracing } from "../tracing/open.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { AppOptions } from "./options.ts";

/** Longer than a collector that answers takes, and short beside what a process may take to end, in milliseconds. */
const flushBudget = 5_000;

/** Begins to trace an app where it is to be; see `openTracing`. */
export function openAppTracing(
  { tracing: option }: AppOptions,
  log: RootLogger,
  { format }: LoggingOptions,
): Promise<Tracing | undefined> {
  return openTracing({ option, log, ecs: format === "ecs", version: kilnVersion });
}

/** Hands out the spans that wait; a collector that is away is no reason to end in another way. */
export async function closeTracing(tracing: Tracing | undefined, log: RootLogger): Promise<void> {
  await tracing?.close(flushBudget).catch((error: unknown) => log.warn({ err: error }, "spans_lost"));
}

/** The same lifespan, which closes its tracing after all that may still be traced. */
export function withTracing(lifespan: Lifespan, tracing: Tracing | undefined, log: RootLogger): Lifespan {
  if (tracing === undefined) return lifespan;
  const close = async (): Promise<void> => {
    await lifespan.close();
    await closeTracing(tracing, log);
  };
  return { ...lifespan, close };
}
