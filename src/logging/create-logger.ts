import { isatty } from "node:tty";
import { ecsFormat } from "./ecs-format.ts";
import { Engine } from "./engine.ts";
import { jsonFormat } from "./format.ts";
import { checkedLevel } from "./level.ts";
import type { Level, LoggingOptions, RequestLogger, RootLogger } from "./logger.ts";
import { prettyLine } from "./pretty-line.ts";
import { ScopedLogger } from "./scoped-logger.ts";
import { secretNames } from "./secret-names.ts";
import { openSink, type Sink } from "./sink.ts";

class AppLogger extends ScopedLogger implements RootLogger {
  get level(): Level {
    return this.core.engine.level;
  }

  set level(level: Level) {
    this.core.engine.level = checkedLevel(level, "log.level");
  }

  forRequest(requestId: string): RequestLogger {
    return new ScopedLogger(this.core, this, requestId);
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
  const { production, destination = 1, service, environment } = options;
  const level = checkedLevel(options.level ?? (production ? "info" : "debug"), "kiln({ logging: { level } })");
  const kind = options.format ?? (production ? "json" : "pretty");
  // People know which app they are looking at.
  const origin = kind === "pretty" ? { service: undefined, environment: undefined } : { service, environment };
  const format = (kind === "ecs" ? ecsFormat : jsonFormat)(secretNames(options.redact), origin);
  const sink = openSink(destination, (count) => logger.error({ count }, "log_lines_lost"));
  const stream = kind === "pretty" ? prettySink(sink, wantsColour(destination)) : sink;
  const engine = new Engine(level, format.options, stream);
  // Where people read, what a request costs does not matter, and a file that is read in one would be a blocking call.
  if (!production) engine.load();
  // A line for people is made of one that pino has written.
  const plain = kind === "json" ? format.plain : undefined;
  const logger = new AppLogger({ engine, format, sink, plain }, undefined, undefined);
  return logger;
}

function prettySink(sink: Sink, colour: boolean): Sink {
  return { ...sink, write: (line) => sink.write(prettyLine(line, colour)) };
}

/** Colours on a terminal, unless NO_COLOR says no; FORCE_COLOR says yes for what `kiln dev` passes through a pipe. */
function wantsColour(destination: NonNullable<LoggingOptions["destination"]>): boolean {
  const { FORCE_COLOR: force = "", NO_COLOR: no = "" } = process.env;
  if (force !== "") return force !== "0";
  return no === "" && typeof destination === "number" && isatty(destination);
}
