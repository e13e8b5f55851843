import { ambientLogger } from "./context.ts";
import type { Engine } from "./engine.ts";
import type { Format, LineParts } from "./format.ts";
import type { Level, LineLevel, Logger } from "./logger.ts";
import type { PlainLines } from "./plain-line.ts";
import { type Fields, readSafely, safeText } from "./safe-value.ts";
import type { Sink } from "./sink.ts";

/** What the loggers of one app share. */
export interface Core {
  /** Has the level, and writes the lines. */
  readonly engine: Engine;
  readonly format: Format;
  readonly sink: Sink;
  readonly plain: PlainLines | undefined;
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

/**
 * A logger with a scope: its bound fields, those of the loggers around it and, in a request, the id. Methods that were
 * taken off it, as in `promise.catch(log.error)`, write to the logger of the async context or of the running app.
 *
 * No child of pino stands behind it: what is bound to a request must reach the lines of loggers that were made before,
 * and a later value of a name must take the place of an earlier one, where pino writes both.
 */
export class ScopedLogger implements Logger {
  readonly core: Core;
  readonly #parent: ScopedLogger | undefined;
  readonly #requestId: string | undefined;
  #own: Fields | undefined;
  #merged: Fields | undefined;
  #scopePart: string | undefined;
  #version = 0;
  #mergedVersion = -1;

  constructor(core: Core, parent: ScopedLogger | undefined, requestId: string | undefined) {
    this.core = core;
    this.#parent = parent;
    this.#requestId = requestId;
    if (parent === undefined) latestRoot = this;
  }

  trace(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    write(this, "trace", first, message);
  }

  debug(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    write(this, "debug", first, message);
  }

  info(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    write(this, "info", first, message);
  }

  warn(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    write(this, "warn", first, message);
  }

  error(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    write(this, "error", first, message);
  }

  fatal(this: ScopedLogger | undefined, first: string | object, message?: string): void {
    // Here pino has the destination write at once.
    write(this, "fatal", first, message);
  }

  bind(fields: Readonly<Record<string, unknown>>): void {
    this.#own ??= {};
    const own = this.#own;
    attempt(() => this.core.format.add(own, fields));
    this.#version += 1;
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    const child = new ScopedLogger(this.core, this, this.#requestId);
    child.bind(fields);
    return child;
  }

  isLevelEnabled(level: Level): boolean {
    return this.core.engine.isLevelEnabled(level);
  }

  /**
   * Writes a line without pino, as most can be.
   *
   * @returns false when this one can not
   */
  writePlain(level: LineLevel, first: unknown, message: string | undefined): boolean {
    const { plain, sink } = this.core;
    if (plain === undefined || level === "fatal") return false;
    const bound = this.#bound();
    this.#scopePart ??= plain.scopePart(this.#requestId, bound);
    if (this.#scopePart === undefined) return false;
    let line: string | undefined;
    if (typeof first === "string") line = plain.line(level, this.#scopePart, bound, undefined, first);
    else if (typeof first === "object" && first !== null) {
      if (message !== undefined && typeof message !== "string") return false;
      line = plain.line(level, this.#scopePart, bound, first, message);
    }
    if (line === undefined) return false;
    sink.write(line);
    return true;
  }

  /**
   * Writes a line of a request in one piece, from members that were put together for it.
   *
   * @param members see `PlainLines`; undefined when they have to be looked at more closely
   * @returns false when this line cannot be written so
   */
  writeMembers(level: "info" | "error", members: string | undefined, message: string): boolean {
    const { engine, plain, sink } = this.core;
    // What is bound may have one of their names.
    if (members === undefined || plain === undefined || this.#bound() !== undefined) return false;
    if (!engine.isLevelEnabled(level)) return true;
    this.#scopePart ??= plain.scopePart(this.#requestId, undefined);
    if (this.#scopePart === undefined) return false;
    try {
      sink.write(plain.lineOf(level, this.#scopePart, members, message));
      return true;
    } catch {
      // The usual way knows what to do about a broken destination.
      return false;
    }
  }

  /** What a line says, from what a method was given. */
  parts(first: unknown, message: string | undefined): LineParts {
    const of = { requestId: this.#requestId, bound: this.#bound() };
    if (typeof first !== "object" || first === null) {
      return { ...of, message: safeText(plainText(first)), fields: undefined, error: undefined };
    }
    const given = first instanceof Error ? first : readSafely(first, "err");
    const error = given instanceof Error ? given : undefined;
    const said = message === undefined && error !== undefined ? readSafely(error, "message") : message;
    const text = said === undefined ? undefined : safeText(plainText(said));
    return { ...of, message: text, fields: first === error ? undefined : first, error };
  }

  /** The fields bound here and around, merged again only when one of them has changed. */
  #bound(): Fields | undefined {
    const version = this.#versions();
    if (version === this.#mergedVersion) return this.#merged;
    const parent = this.#parent;
    const outer = parent === undefined ? undefined : parent.#bound();
    this.#merged = outer === undefined ? this.#own : { ...outer, ...this.#own };
    this.#scopePart = undefined;
    this.#mergedVersion = version;
    return this.#merged;
  }

  #versions(): number {
    return this.#version + (this.#parent === undefined ? 0 : this.#parent.#versions());
  }
}

function write(logger: ScopedLogger | undefined, level: LineLevel, first: unknown, message: string | undefined): void {
  if (logger === undefined) {
    // There is one root at least, or there would be no method.
    const target: Logger | undefined = ambientLogger() ?? latestRoot;
    // The cast only picks the overload.
    target?.[level](first as object, message);
    return;
  }
  const { engine } = logger.core;
  if (!engine.isLevelEnabled(level)) return;
  try {
    if (logger.writePlain(level, first, message)) return;
    engine.write(level, logger.parts(first, message));
  } catch (cause) {
    // Logging must never fail its caller: a line that cannot be made says so in its place.
    const said = typeof message === "string" ? message : undefined;
    attempt(() => {
      engine.write(level, logger.parts({ log_error: plainText(cause) }, said));
    });
  }
}

/** What a logger shares with the others of its app, if Kiln made it. */
export function coreOf(logger: Logger): Core | undefined {
  return logger instanceof ScopedLogger ? logger.core : undefined;
}
