import { createRequire } from "node:module";
import { isatty } from "node:tty";
import { ecsFormat } from "./ecs-format.ts";
import { jsonFormat } from "./format.ts";
import { checkedLevel } from "./level.ts";
import type { Level, LoggingOptions, RequestLogger, RootLogger } from "./logger.ts";
import { prettyLine } from "./pretty-line.ts";
import { ScopedLogger } from "./scoped-logger.ts";
import { secretNames } from "./secret-names.ts";
import { openSink, type Sink } from "./sink.ts";

/** Loads pino with the first logger that is made: what only reads declarations, a thread or a command, needs none. */
function loadPino(): typeof import("pino") {
  // What `require` gives has the types of the package.
  return createRequire(import.meta.url)("pino") as typeof import("pino");
}

class AppLogger extends ScopedLogger implements RootLogger {
  get level(): Level {
    // It is set to no other than these.
    return this.core.pino.level as Level;
  }

  set level(level: Level) {
    this.core.pino.level = checkedLevel(level, "log.level");
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
  const sink = openSink(destination, (count) => engine.error({ fields: { count } }, "log_lines_lost"));
  const stream = kind === "pretty" ? prettySink(sink, wantsColour(destination)) : sink;
  const engine = loadPino().pino(
    { level, messageKey: "message", serializers: { err: asItIs }, ...format.options },
    stream,
  );
  // A line for people is made of one that pino has written.
  const plain = kind === "json" ? format.plain : undefined;
  return new AppLogger({ pino: engine, format, sink, plain }, undefined, undefined);
}

function prettySink(sink: Sink, colour: boolean): Sink {
  return { ...sink, write: (line) => sink.write(prettyLine(line, colour)) };
}

/** Errors are plain data before pino gets them. */
function asItIs(value: unknown): unknown {
  return value;
}

/** Colours on a terminal, unless NO_COLOR says no; FORCE_COLOR says yes for what `kiln dev` passes through a pipe. */
function wantsColour(destination: NonNullable<LoggingOptions["destination"]>): boolean {
  const { FORCE_COLOR: force = "", NO_COLOR: no = "" } = process.env;
  if (force !== "") return force !== "0";
  return no === "" && typeof destination === "number" && isatty(destination);
}
