import { levels } from "pino";
import { KilnError } from "../errors/kiln-error.ts";
import type { Level } from "./logger.ts";

/**
 * A level that may have come from outside.
 *
 * @throws KilnError KILN_LOG_LEVEL when it is none
 */
export function checkedLevel(level: string, where: string): Level {
  const known = [...Object.keys(levels.values), "silent"];
  // One of the names, as pino has them.
  if (known.includes(level)) return level as Level;
  throw new KilnError("KILN_LOG_LEVEL", {
    where,
    what: level,
    why: "is not a level",
    fix: `Use one of ${known.join(", ")}`,
  });
}
