/** What a synchronous call in a request, task or job leads to: a line of the log, an error of the call, or nothing. */
export type GuardMode = "warn" | "throw" | "off";

/** Settings of the guard against synchronous I/O; in production there is none, whatever they say. */
export interface GuardSettings {
  /** Default: `warn`; in a `testApp`, `throw`. */
  readonly mode?: GuardMode;
  /**
   * Places that may block, with all that they call: a file (`src/legacy.ts`), a line of one (`src/legacy.ts:12`) or a
   * folder (`src/scripts`, `node_modules/sharp`); relative to where the process was started, packages wherever they lie.
   */
  readonly allow?: readonly string[];
}

/** A mode alone, or settings. */
export type GuardOption = GuardMode | GuardSettings;

/** Settings with nothing left out. */
export interface GuardRules {
  readonly mode: GuardMode;
  readonly allow: readonly string[];
}

/**
 * Puts options together: the mode of the last one that names any, and every place that one of them allows.
 *
 * @param options in ascending order of weight
 */
export function guardRules(...options: readonly (GuardOption | undefined)[]): GuardRules {
  const settings = options.map((option) => (typeof option === "string" ? { mode: option } : (option ?? {})));
  return {
    mode: settings.findLast(({ mode }) => mode !== undefined)?.mode ?? "warn",
    allow: settings.flatMap(({ allow }: GuardSettings) => allow ?? []),
  };
}
