/** How much a line matters; `silent` is a threshold only, no line has it. */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** A level that a line can have. */
export type LineLevel = Exclude<Level, "silent">;

/** Writes a line: a message, fields with an optional message, or an Error (logged as `err`) with an optional message. */
export interface LogMethod {
  (message: string): void;
  (fields: object, message?: string): void;
}

/**
 * Writes structured lines. No method ever throws, and one whose level is off costs a comparison.
 *
 * @example
 * ```ts
 * import { log } from "kilnjs";
 * log.bind({ user_id: 7 });
 * log.info({ items: 3 }, "order_placed");
 * log.error(new Error("the printer is on fire", { cause: new Error("paper") }), "print_failed");
 * ```
 */
export interface Logger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** As `error`, and the line is written before the call returns. */
  readonly fatal: LogMethod;
  /**
   * Adds fields to every later line of this logger's scope: for the logger of a request, the rest of the request, also
   * in lines that other code writes through the imported `log`. A later value of the same name wins.
   */
  bind(fields: Readonly<Record<string, unknown>>): void;
  /** A logger with further fields of its own, which sees what is bound to this one, now and later. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
  isLevelEnabled(level: Level): boolean;
}

/** The logger of one request: every line carries `request_id`. */
export interface RequestLogger extends Logger {}

/** The logger of an app; see {@link Logger}. */
export interface RootLogger extends Logger {
  /** The threshold; setting it holds at once for every logger made from this one. */
  level: Level;
  /** The logger of one request. */
  forRequest(requestId: string): RequestLogger;
  /** Resolves when every line so far has been handed to the system. */
  flush(): Promise<void>;
  /** The same, at once; waits for a slow reader at most 5 s without progress. */
  flushSync(): void;
  /** Flushes, and closes what this logger opened; later lines are dropped. */
  close(): Promise<void>;
}

/** Where and how lines are written. */
export interface LoggingOptions {
  /** The threshold. Default: `info` in production, else `debug`. */
  readonly level?: Level;
  /** Default: `json` in production, else `pretty`. `ecs` is the Elastic Common Schema. */
  readonly format?: "json" | "pretty" | "ecs";
  /** Names of further fields and parameters whose values are masked, at any depth, whatever their case and separators. */
  readonly redact?: readonly string[];
  /** A file descriptor, a path to append to, or anything with `write`, called once per line. Default: 1, standard output. */
  readonly destination?: number | string | { write(line: string): unknown };
  /** Names the app on every line. */
  readonly service?: string;
  /** Names the environment on every line, for example `production`. */
  readonly environment?: string;
}
