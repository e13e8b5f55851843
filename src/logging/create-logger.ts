import { jsonFormat } from "./json-format.ts";
import { levelNumber } from "./level.ts";
import type { Level, LoggingOptions, RequestLogger, RootLogger } from "./logger.ts";
import { type Core, ScopedLogger } from "./scoped-logger.ts";
import { secretNames } from "./secret-names.ts";
import { openSink } from "./sink.ts";

class AppLogger extends ScopedLogger implements RootLogger {
  get level(): Level {
    for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
      if (levelNumber[level] >= this.core.threshold) return level;
    }
    return "silent";
  }

  set level(level: Level) {
    this.core.threshold = levelNumber[level];
  }

  forRequest(requestId: string): RequestLogger {
    return new ScopedLogger(this.core, this, this.core.format.scope(requestId));
  }

  flush(): Promise<void> {
    return this.core.sink.flush();
  }

  flushSync(): void {
    this.core.sink.flushSync();
  }

  close(): Promise<void> {
    return this.core.sink.close();
  }
}

/**
 * Makes the logger of an app.
 *
 * @param options see {@link LoggingOptions}; `production` chooses the defaults
 * @returns a logger that lives until it is closed
 */
export function createLogger(options: LoggingOptions & { readonly production: boolean }): RootLogger {
  const isSecret = secretNames(options.redact);
  const core: Core = {
    format: jsonFormat(isSecret, { service: options.service, environment: options.environment }),
    sink: openSink(options.destination ?? 1),
    threshold: levelNumber[options.level ?? (options.production ? "info" : "debug")],
  };
  return new AppLogger(core, undefined, "");
}
