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
