import { isatty } from "node:tty";
import { ecsFormat } from "./ecs-format.ts";
import type { Format } from "./format.ts";
import { jsonFormat } from "./json-format.ts";
import { levelAt, thresholdOf } from "./level.ts";
import type { Level, LoggingOptions, RequestLogger, RootLogger } from "./logger.ts";
import { prettyFormat } from "./pretty-format.ts";
import { type Core, ScopedLogger } from "./scoped-logger.ts";
import { secretNames } from "./secret-names.ts";
import { openSink } from "./sink.ts";

class AppLogger extends ScopedLogger implements RootLogger {
  get level(): Level {
    return levelAt(this.core.threshold);
  }

  set level(level: Level) {
    this.core.threshold = thresholdOf(level, "log.level");
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
 * @throws KilnError KILN_LOG_LEVEL when the level is none of the seven, KILN_LOG_DESTINATION when the file cannot be opened
 */
export function createLogger(options: LoggingOptions & { readonly production: boolean }): RootLogger {
  const format = formatOf(options);
  const core: Core = {
    format,
    sink: openSink(options.destination ?? 1, (count) => lostLine(format, count)),
    threshold: thresholdOf(options.level ?? (options.production ? "info" : "debug"), "kiln({ logging: { level } })"),
  };
  return new AppLogger(core, undefined, "");
}

function formatOf(options: LoggingOptions & { readonly production: boolean }): Format {
  const isSecret = secretNames(options.redact);
  const origin = { service: options.service, environment: options.environment };
  switch (options.format ?? (options.production ? "json" : "pretty")) {
    case "ecs":
      return ecsFormat(isSecret, origin);
    case "pretty":
      return prettyFormat(isSecret, wantsColour(options.destination ?? 1));
    default:
      return jsonFormat(isSecret, origin);
  }
}

/** Colours on a terminal, unless NO_COLOR says no; FORCE_COLOR says yes for what `kiln dev` passes through a pipe. */
function wantsColour(destination: NonNullable<LoggingOptions["destination"]>): boolean {
  const { FORCE_COLOR: force = "", NO_COLOR: no = "" } = process.env;
  if (force !== "") return force !== "0";
  return no === "" && typeof destination === "number" && isatty(destination);
}

function lostLine(format: Format, count: number): string {
  const message = "log_lines_lost";
  return format.line({ level: "error", message, scope: "", bound: undefined, fields: { count }, error: undefined });
}
