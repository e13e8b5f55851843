import type { LoggerOptions } from "pino";
import { isoNow } from "./clock.ts";
import { type PlainLines, plainLines } from "./plain-line.ts";
import { addSafely, type Fields, obeyed, safeError, safeText } from "./safe-value.ts";

/** What a line says beside level, time and message. */
export type LineParts = {
  readonly message: string | undefined;
  readonly requestId: string | undefined;
  /** Fields that were made safe when they were bound. */
  readonly bound: Readonly<Fields> | undefined;
  readonly fields: object | undefined;
  readonly error: Error | undefined;
};

/** The names that lines say about themselves. */
export interface Origin {
  readonly service: string | undefined;
  readonly environment: string | undefined;
}

/** A way to write lines. */
export interface Format {
  /** How pino is set up for it. */
  readonly options: Pick<LoggerOptions, "base" | "timestamp" | "formatters">;
  /** Adds the fields of an object to others, as pino can write them. */
  add(target: Fields, source: object): void;
  /** Writes what it can of the lines without pino. */
  readonly plain?: PlainLines;
}

const reserved = new Set([...obeyed, "level", "time", "message", "service", "environment", "request_id"]);

/** One JSON object per line: level, time, service, environment, request_id, the fields, message. */
export function jsonFormat(isSecret: (name: string) => boolean, origin: Origin): Format {
  function add(target: Fields, source: object): void {
    addSafely(target, source, isSecret, reserved);
  }

  function fieldsOf({ requestId, bound, fields, error }: LineParts): Fields {
    const said: Fields = requestId === undefined ? { ...bound } : { request_id: safeText(requestId), ...bound };
    if (fields !== undefined) add(said, fields);
    if (error !== undefined) said.err = safeError(error, isSecret, true);
    return said;
  }

  const options: Format["options"] = {
    base: { ...origin },
    timestamp: () => `,"time":"${isoNow()}"`,
    formatters: {
      level: (level) => ({ level }),
      // The logger gives pino nothing but the parts of a line. They become its fields here, in one object, so that no
      // name can stand twice on a line.
      log: (parts) => fieldsOf(parts as LineParts),
    },
  };
  // The value of a field `value` depends on what stands beside it.
  const isSpecial = (name: string): boolean => reserved.has(name) || name === "value" || isSecret(name);
  return { options, add, plain: plainLines(isSpecial, { ...origin }) };
}
