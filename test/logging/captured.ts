import assert from "node:assert/strict";
import { createLogger } from "../../src/logging/create-logger.ts";
import type { LoggingOptions, RootLogger } from "../../src/logging/logger.ts";

/** A line as it was parsed. */
export type Line = Readonly<Record<string, unknown>>;

/** A logger whose lines are kept. */
export interface Captured {
  readonly root: RootLogger;
  /** The raw text, one entry per call of `write`. */
  readonly texts: string[];
  /** Every line parsed; each must be one line of JSON. */
  lines(): Line[];
  /** The last line parsed. */
  last(): Line;
}

export function captured(options: LoggingOptions = {}): Captured {
  const texts: string[] = [];
  const destination = { write: (line: string) => texts.push(line) };
  const root = createLogger({ production: true, destination, ...options });
  const lines = (): Line[] =>
    texts.map((text) => {
      assert.equal(text.indexOf("\n"), text.length - 1, "a line ends with its only line feed");
      return JSON.parse(text);
    });
  return {
    root,
    texts,
    lines,
    last: () => {
      const line = lines().at(-1);
      assert.ok(line !== undefined, "a line was written");
      return line;
    },
  };
}
