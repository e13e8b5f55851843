import { KilnError } from "../errors/kiln-error.ts";
import type { Level } from "./logger.ts";

/** The levels as numbers that grow with importance. */
export const levelNumber: Readonly<Record<Level, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

/**
 * The number of a level that may have come from outside.
 *
 * @throws KilnError KILN_LOG_LEVEL when it is none
 */
export function thresholdOf(level: string, where: string): number {
  if (Object.hasOwn(levelNumber, level)) {
    // The line above has just seen that it is one of the names.
    return levelNumber[level as Level];
  }
  throw new KilnError("KILN_LOG_LEVEL", {
    where,
    what: level,
    why: "is not a level",
    fix: `Use one of ${Object.keys(levelNumber).join(", ")}`,
  });
}

/** The lowest level that a threshold lets through. */
export function levelAt(threshold: number): Level {
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
    if (levelNumber[level] >= threshold) return level;
  }
  return "silent";
}
