import type { Stall } from "./messages.ts";

/** What the stall watch has seen in this process. */
export interface StallCounts {
  readonly total: number;
  readonly longest: Stall | undefined;
  readonly last: Stall | undefined;
}

let counts: StallCounts = { total: 0, longest: undefined, last: undefined };

/** Counts a stall, whether it is reported or not. */
export function addStall(stall: Stall): void {
  const { total, longest = stall } = counts;
  counts = { total: total + 1, longest: stall.duration > longest.duration ? stall : longest, last: stall };
}

/** How often the main loop was blocked, and when it was worst. */
export function stallCounts(): StallCounts {
  return counts;
}
