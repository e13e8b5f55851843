import { parentPort } from "node:worker_threads";
import type { Level, LineLevel, LogMethod, RootLogger } from "../../logging/logger.ts";
import { addSafely, type Fields } from "../../logging/safe-value.ts";
import { describeError } from "./error-description.ts";
import type { LineMessage } from "./messages.ts";

/** What the lines of one call in a thread are written with. */
export interface LineSource {
  readonly id: number;
  /** The lowest level that is worth sending, as pino counts. */
  readonly level: number;
  /** How many were sent. */
  lines: number;
}

const levels: Readonly<Record<Level, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

// Names are masked by the logger that writes the line: it knows which.
const noSecrets = (): boolean => false;

function safe(source: object): Fields {
  const fields: Fields = {};
  addSafely(fields, source, noSecrets);
  return fields;
}

function partsOf(first: unknown, message: string | undefined): Pick<LineMessage, "message" | "fields" | "error"> {
  const text = message === undefined ? undefined : String(message);
  if (typeof first !== "object" || first === null)
    return { message: String(first), fields: undefined, error: undefined };
  if (first instanceof Error) return { message: text, fields: undefined, error: describeError(first, import.meta.url) };
  const { err, ...rest } = first as { readonly err?: unknown };
  if (!(err instanceof Error)) return { message: text, fields: safe(first), error: undefined };
  return { message: text, fields: safe(rest), error: describeError(err, import.meta.url) };
}

function send(source: LineSource, parts: Omit<LineMessage, "kilnjs" | "call">): void {
  source.lines += 1;
  parentPort?.postMessage({ kilnjs: "line", call: source.id, ...parts } satisfies LineMessage);
}

/**
 * A logger whose lines are written by the logger of the caller, in the main thread: what is bound there is on them, and
 * what is bound here is on those that follow.
 *
 * @param source the call
 * @param own the fields of a child
 */
export function threadLogger(source: LineSource, own: Fields = {}): RootLogger {
  const method =
    (level: LineLevel): LogMethod =>
    (first: unknown, message?: string): void => {
      if (levels[level] < source.level) return;
      try {
        const { fields, ...rest } = partsOf(first, message);
        const hasOwn = Object.keys(own).length > 0;
        send(source, { level, ...rest, fields: hasOwn ? { ...own, ...fields } : fields });
      } catch (cause) {
        // Logging must never fail its caller; a hostile value is the one way in which making a line can fail.
        send(source, { level, message, fields: { log_error: String(cause) }, error: undefined });
      }
    };
  const isChild = Object.keys(own).length > 0;
  const logger: RootLogger = {
    trace: method("trace"),
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    fatal: method("fatal"),
    bind: (fields) => {
      if (isChild) Object.assign(own, safe(fields));
      else send(source, { level: undefined, message: undefined, fields: safe(fields), error: undefined });
    },
    child: (fields) => threadLogger(source, { ...own, ...safe(fields) }),
    isLevelEnabled: (level) => level !== "silent" && levels[level] >= source.level,
    level: "trace",
    forRequest: () => logger,
    flush: () => Promise.resolve(),
    flushSync: () => undefined,
    close: () => Promise.resolve(),
  };
  return logger;
}
