import { definition, type Provider, provider } from "../contract/provider.ts";
import { ambientLogger } from "./context.ts";
import { createLogger } from "./create-logger.ts";
import { checkedLevel } from "./level.ts";
import type { Level, LineLevel, Logger, LogMethod, RootLogger } from "./logger.ts";
import { coreOf } from "./scoped-logger.ts";

let defaultLogger: RootLogger | undefined;

/** The request's logger, the app's, or else one with the defaults of the environment, made when first needed. */
function target(): Logger {
  return ambientLogger() ?? makeDefault();
}

function makeDefault(): RootLogger {
  const environment = process.env.NODE_ENV;
  defaultLogger ??= createLogger({
    production: environment === "production",
    ...(environment === undefined ? {} : { environment }),
  });
  return defaultLogger;
}

function method(level: LineLevel): LogMethod {
  // The cast only picks the overload: a string comes alone, fields may have a message.
  return (first: string | object, message?: string) => target()[level](first as object, message);
}

const ambientProvider: Provider<Logger, "request", never> = provider({ kind: "ambient", name: "log" });

/** The imported log: a logger, a provider of one, and the handle of the app's level. */
export interface Log extends Logger, Provider<Logger, "request", never> {
  /** The app's threshold; setting it holds at once for all of the app's lines. */
  level: Level;
}

/**
 * The log. Imported, it writes to the request that the code runs for, else to the app; in `needs`, it is the logger of
 * the request. Both are the same lines.
 *
 * @example
 * ```ts
 * import { log, router } from "kilnjs";
 * router().get("/", { needs: { log } }, ({ log }) => {
 *   log.info({ visitors: 1 }, "visited");
 *   return "hello";
 * });
 * ```
 */
// The definition is the run-time half of a provider; its other half exists for the compiler only.
export const log: Log = Object.freeze({
  trace: method("trace"),
  debug: method("debug"),
  info: method("info"),
  warn: method("warn"),
  error: method("error"),
  fatal: method("fatal"),
  bind: (fields: Readonly<Record<string, unknown>>) => target().bind(fields),
  child: (fields: Readonly<Record<string, unknown>>) => target().child(fields),
  isLevelEnabled: (level: Level) => target().isLevelEnabled(level),
  get level(): Level {
    return coreOf(target())?.engine.level ?? "trace";
  },
  set level(level: Level) {
    const checked = checkedLevel(level, "log.level");
    const core = coreOf(target());
    if (core !== undefined) core.engine.level = checked;
  },
  [definition]: ambientProvider[definition],
}) as Log;
