import { createRequire } from "node:module";
import type { Logger as Pino } from "pino";
import type { Format, LineParts } from "./format.ts";
import type { Level, LineLevel } from "./logger.ts";

/** The levels as pino counts them. */
const numbers: Readonly<Record<Level, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

/** Writes finished lines, as pino asks of a stream. */
interface LineStream {
  write(line: string): void;
  flushSync(): void;
}

/**
 * The level of an app's loggers, and pino behind it. pino is loaded with the first line that needs it, which those of an
 * app that starts and answers do not.
 */
export class Engine {
  readonly #options: Format["options"];
  readonly #stream: LineStream;
  #pino: Pino | undefined;
  #level: Level;
  #number: number;

  constructor(level: Level, options: Format["options"], stream: LineStream) {
    this.#options = options;
    this.#stream = stream;
    this.#level = level;
    this.#number = numbers[level];
  }

  get level(): Level {
    return this.#level;
  }

  set level(level: Level) {
    this.#level = level;
    this.#number = numbers[level];
  }

  /** The level as pino counts, `Infinity` for `silent`. */
  get number(): number {
    return this.#number;
  }

  isLevelEnabled(level: Level): boolean {
    return level !== "silent" && numbers[level] >= this.#number;
  }

  /** Writes a line whose level is enabled. */
  write(level: LineLevel, parts: LineParts): void {
    this.load()[level](parts, parts.message);
  }

  /** Loads pino, unless it is there. */
  load(): Pino {
    this.#pino ??= loadPino().pino(
      // What is not enabled never gets here.
      { level: "trace", messageKey: "message", serializers: { err: asItIs }, ...this.#options },
      this.#stream,
    );
    return this.#pino;
  }
}

function loadPino(): typeof import("pino") {
  // What `require` gives has the types of the package.
  return createRequire(import.meta.url)("pino") as typeof import("pino");
}

/** Errors are plain data before pino gets them. */
function asItIs(value: unknown): unknown {
  return value;
}
