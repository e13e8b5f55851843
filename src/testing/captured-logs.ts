import { isDeepStrictEqual } from "node:util";
import type { LineLevel } from "../logging/logger.ts";

/** A line that the app logged. */
export interface LogLine {
  readonly level: LineLevel;
  /** ISO 8601. */
  readonly time: string;
  readonly message?: string;
  readonly request_id?: string;
  readonly [field: string]: unknown;
}

/** Chooses lines: by message, by fields that must be equal (deeply), or by a function. */
export type LogMatch = string | Readonly<Record<string, unknown>> | ((line: LogLine) => boolean);

/** What a test app has logged so far, oldest first. */
export interface CapturedLogs extends Iterable<LogLine> {
  readonly lines: readonly LogLine[];
  /** The first line that matches. */
  find(match: LogMatch): LogLine | undefined;
  /** Every line that matches. */
  filter(match: LogMatch): readonly LogLine[];
  /** Forgets what was logged so far. */
  clear(): void;
}

/** The logs with the end that the logger writes to. */
export interface LogCapture {
  readonly logs: CapturedLogs;
  write(line: string): void;
}

function predicate(match: LogMatch): (line: LogLine) => boolean {
  if (typeof match === "function") return match;
  if (typeof match === "string") return (line) => line.message === match;
  return (line) => Object.entries(match).every(([name, value]) => isDeepStrictEqual(line[name], value));
}

/**
 * Keeps lines of the `json` format.
 *
 * @param print also writes each line to the standard error stream, where a test runner shows it
 */
export function captureLogs(print: boolean): LogCapture {
  const lines: LogLine[] = [];
  return {
    logs: {
      lines,
      find: (match) => lines.find(predicate(match)),
      filter: (match) => lines.filter(predicate(match)),
      clear: () => {
        lines.length = 0;
      },
      [Symbol.iterator]: () => lines.values(),
    },
    write: (line) => {
      // Our own logger wrote it: one object with these fields per line.
      lines.push(JSON.parse(line) as LogLine);
      if (print) process.stderr.write(line);
    },
  };
}
