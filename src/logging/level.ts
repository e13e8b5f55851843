import { KilnError } from "../errors/kiln-error.ts";
import type { Level } from "./logger.ts";

// Those of pino, which is not loaded for this.
const known: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/**
 * A level that may have come from outside.
 *
 * @throws KilnError KILN_LOG_LEVEL when it is none
 */
export function checkedLevel(level: string, where: string): Level {
  const found = known.find((name) => name === level);
  if (found !== undefined) return found;
  throw new KilnError("KILN_LOG_LEVEL", {
    where,
    what: level,
    why: "is not a level",
    fix: `Use one of ${known.join(", ")}`,
  });
}
