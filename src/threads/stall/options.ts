import { KilnError } from "../../errors/kiln-error.ts";

/** The stall watch: when the event loop is blocked, and whether anybody looks. */
export type StallWatchOption = false | { readonly limit?: number };

const developmentLimit = 50;
const productionLimit = 200;
/** Below, ordinary work and the timers themselves would count. */
const smallestLimit = 10;

/**
 * How long the loop may be blocked, in milliseconds; undefined when nobody looks.
 *
 * @throws KilnError KILN_STALL_WATCH_LIMIT for a limit that cannot be kept
 */
export function stallLimit(option: StallWatchOption | undefined, production: boolean): number | undefined {
  if (option === false) return undefined;
  const limit = option?.limit ?? (production ? productionLimit : developmentLimit);
  if (Number.isFinite(limit) && limit >= smallestLimit) return limit;
  throw new KilnError("KILN_STALL_WATCH_LIMIT", {
    where: "kiln({ stallWatch: { limit } })",
    what: String(limit),
    why: "is no time after which the event loop can be called blocked",
    fix: `Give ${smallestLimit} milliseconds or more, or turn the watch off with stallWatch: false`,
  });
}
