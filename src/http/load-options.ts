import { KilnError } from "../errors/kiln-error.ts";

/** When requests are refused with 503 because the process has more to do than it can. 0 turns a limit off. */
export interface LoadOptions {
  /** Requests whose answer is not decided yet, in this process. Default 1,000. */
  readonly inFlight?: number;
  /**
   * Milliseconds by which turns of the event loop are late, on average over half a second, twice in a row. Default 1,000
   * in production; 0 in development and tests, where a debugger or a compiler holds up the loop.
   */
  readonly loopDelay?: number;
  /** Used part of the heap that V8 may have (`--max-old-space-size`), between 0 and 1. Default 0.95. */
  readonly heapUsed?: number;
  /** Memory of the whole process in bytes. Default 0. */
  readonly rss?: number;
  /** Seconds after which a refused client may try again, as `Retry-After` says it. Default 5. */
  readonly retryAfter?: number;
}

const defaults: Required<LoadOptions> = { inFlight: 1_000, loopDelay: 1_000, heapUsed: 0.95, rss: 0, retryAfter: 5 };

function checkLimit(name: keyof LoadOptions, value: unknown): void {
  const most = name === "heapUsed" ? 1 : Number.POSITIVE_INFINITY;
  if (typeof value === "number" && value >= 0 && value <= most && (name !== "retryAfter" || Number.isFinite(value)))
    return;
  throw new KilnError("KILN_LOAD_OPTIONS", {
    where: "kiln({ load })",
    what: `${name}: ${String(value)}`,
    why: `is no number ${name === "heapUsed" ? "between 0 and 1, the part of the heap that is used" : "of 0 or more"}`,
    fix: `Leave it out for the default, ${defaults[name]}, or give a number that fits`,
  });
}

/**
 * Fills in the defaults.
 *
 * @param production whether they are those of production
 * @throws KilnError KILN_LOAD_OPTIONS for a limit that would never be reached, or always
 */
export function loadLimits(options: LoadOptions, production: boolean): Required<LoadOptions> {
  const usual = production ? defaults : { ...defaults, loopDelay: 0 };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const limits: Required<LoadOptions> = { ...usual, ...Object.fromEntries(given) };
  // What is given beside them is no limit, and is passed over as elsewhere.
  for (const name of Object.keys(defaults)) checkLimit(name as keyof LoadOptions, limits[name as keyof LoadOptions]);
  return limits;
}
