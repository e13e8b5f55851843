import type { LoggingOptions, RootLogger } from "../logging/logger.ts";
import type { MonitorLogging } from "../threads/stall/messages.ts";
import { type StallWatchOption, stallLimit } from "../threads/stall/options.ts";
import { isProduction } from "./environment.ts";

/** The stall watch of a running app. */
export interface AppStallWatch {
  /** Called when the app serves: what blocks while it starts is nobody's request. */
  start(): void;
  /** Resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** What an app logs with, and where it runs. */
export interface StallWatchScene {
  readonly env: string;
  readonly log: RootLogger;
  readonly logging: LoggingOptions;
}

/**
 * Makes the stall watch of an app; it does nothing before its start.
 *
 * @throws KilnError KILN_STALL_WATCH_LIMIT
 */
export function createStallWatch(option: StallWatchOption | undefined, scene: StallWatchScene): AppStallWatch {
  const production = isProduction(scene.env);
  const limit = stallLimit(option, production);
  let starting: Promise<() => Promise<void>> | undefined;
  return {
    start: () => {
      if (limit === undefined) return;
      // Loaded when the app serves already, so that it costs nobody's start.
      starting ??= import("../threads/stall/watch.ts").then(({ startStallWatch }) =>
        startStallWatch({ limit, sparing: production, log: scene.log, logging: monitorLogging(scene, production) }),
      );
      starting.catch((error: unknown) => scene.log.debug({ err: error }, "stall_watch_failed"));
    },
    stop: async () => {
      const stop = await starting?.catch(() => undefined);
      await stop?.();
    },
  };
}

/** An object to write to stays in its thread: what the monitor says of a loop that does not turn goes to standard error. */
function monitorLogging({ logging }: StallWatchScene, production: boolean): MonitorLogging {
  const { destination = 1, ...others } = logging;
  return { ...others, production, destination: typeof destination === "object" ? 2 : destination };
}
