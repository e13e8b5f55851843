import { ambientLogger } from "./context.ts";
import type { Bound, Format } from "./format.ts";
import { levelNumber } from "./level.ts";
import type { Level, LineLevel, Logger } from "./logger.ts";
import type { Sink } from "./sink.ts";
import { readSafely } from "./value-json.ts";

/** What the loggers of one app share. */
export interface Core {
  readonly format: Format;
  readonly sink: Sink;
  /** Lines below this number are not written. */
  threshold: number;
}

/** Runs what may fail on a hostile value or a broken destination; logging never fails its caller. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // Nothing is left to write, and nowhere to say so.
  }
}

function plainText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "[unreadable]";
  }
}

let latestRoot: ScopedLogger | undefined;

/** Where a method writes that was taken off its logger; there is one root at least, or there would be no method. */
function detachedTarget(): Logger | undefined {
  return ambientLogger() ?? latestRoot;
}

/**
 * A logger with a scope: its bound fields, those of the loggers around it and, in a request, the id. Methods that were
 * taken off it, as in `promise.catch(log.error)`, write to the logger of the async context or of the running app.
 */
export class ScopedLogger implements Logger {
  readonly core: Core;
  readonly #parent: ScopedLogger | undefined;
  readonly #scope: string;
  #own: Map<string, string> | undefined;
  #merged: Bound | undefined;
  #version = 0;
  #mergedVersion = -1;

  constructor(core: Core, parent: ScopedLogger | undefined, scope: string) {
    this.core = core;
    this.#parent = parent;
    this.#scope = scope;
    if (parent === undefined) latestRoot = this;
  }

  trace(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    if (this === undefined) detachedTarget()?.trace(first as object, message);
    else if (this.core.threshold <= 10) this.#write("trace", first, message);
  }

  debug(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    if (this === undefined) detachedTarget()?.debug(first as object, message);
    else if (this.core.threshold <= 20) this.#write("debug", first, message);
  }

  info(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    if (this === undefined) detachedTarget()?.info(first as object, message);
    else if (this.core.threshold <= 30) this.#write("info", first, message);
  }

  warn(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    if (this === undefined) detachedTarget()?.warn(first as object, message);
    else if (this.core.threshold <= 40) this.#write("warn", first, message);
  }

  error(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    if (this === undefined) detachedTarget()?.error(first as object, message);
    else if (this.core.threshold <= 50) this.#write("error", first, message);
  }

  fatal(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    if (this === undefined) detachedTarget()?.fatal(first as object, message);
    else if (this.core.threshold <= 60) {
      this.#write("fatal", first, message);
      this.core.sink.flushSync();
    }
  }

  bind(fields: Readonly<Record<string, unknown>>): void {
    this.#own ??= new Map();
    const own = this.#own;
    attempt(() => this.core.format.json.fields(fields, (name, json) => own.set(name, json)));
    this.#version += 1;
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    const child = new ScopedLogger(this.core, this, this.#scope);
    child.bind(fields);
    return child;
  }

  isLevelEnabled(level: Level): boolean {
    return level !== "silent" && levelNumber[level] >= this.core.threshold;
  }

  #write(level: LineLevel, first: unknown, message: string | undefined): void {
    const { format, sink } = this.core;
    try {
      sink.write(format.line(this.#parts(level, first, message)));
    } catch (cause) {
      // Logging must never fail its caller: a line that cannot be made says so in its place.
      const fields = { log_error: plainText(cause) };
      const said = typeof message === "string" ? message : undefined;
      const parts = { level, message: said, scope: this.#scope, bound: undefined, fields, error: undefined };
      attempt(() => sink.write(format.line(parts)));
    }
  }

  #parts(level: LineLevel, first: unknown, message: string | undefined): Parameters<Format["line"]>[0] {
    const scope = this.#scope;
    const bound = this.#bound();
    if (typeof first !== "object" || first === null) {
      return { level, message: plainText(first), scope, bound, fields: undefined, error: undefined };
    }
    const given = first instanceof Error ? first : readSafely(first, "err");
    const error = given instanceof Error ? given : undefined;
    const said = message === undefined && error !== undefined ? readSafely(error, "message") : message;
    const text = said === undefined || typeof said === "string" ? said : plainText(said);
    return { level, message: text, scope, bound, fields: first === error ? undefined : first, error };
  }

  /** The fields bound here and around, merged again only when one of them has changed. */
  #bound(): Bound | undefined {
    const version = this.#versions();
    if (version === this.#mergedVersion) return this.#merged;
    const parent = this.#parent;
    const outer = parent === undefined ? undefined : parent.#bound();
    this.#merged =
      outer === undefined ? this.#own : this.#own === undefined ? outer : new Map([...outer, ...this.#own]);
    this.#mergedVersion = version;
    return this.#merged;
  }

  #versions(): number {
    return this.#version + (this.#parent === undefined ? 0 : this.#parent.#versions());
  }
}

/** What a logger shares with the others of its app, if Kiln made it. */
export function coreOf(logger: Logger): Core | undefined {
  return logger instanceof ScopedLogger ? logger.core : undefined;
}
