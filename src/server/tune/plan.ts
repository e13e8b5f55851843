import type { LoadRequest } from "./requests.ts";

/** How long one load lasts and how often it is repeated. */
export interface Rounds {
  /** How often each number of workers is measured. */
  readonly rounds: number;
  /** Seconds that are measured in each. */
  readonly seconds: number;
  /** Seconds of load before those. */
  readonly warmup: number;
  /** Connections that are kept alive and ask without a pause. */
  readonly connections: number;
  /** Threads that send the load. */
  readonly threads: number;
}

/** What `kiln tune` measures. */
export interface TunePlan extends Rounds {
  /** The module that exports the app, as an absolute path. */
  readonly entry: string;
  /** The numbers of workers, ascending. */
  readonly counts: readonly number[];
  /** In turn on every connection; none for the cheapest GET. */
  readonly requests: readonly LoadRequest[];
}

/** What starting and ending an app is reckoned with, in seconds. */
const usualStart = 2;

/** Each number up to here; beyond it, one worker more or less is not to be told from chance. */
const each = 8;

/** Which numbers of workers are measured: 1 to 8, from there in steps of about a quarter, and the bound itself. */
export function countsUpTo(bound: number): readonly number[] {
  const counts: number[] = [];
  for (let count = 1; count < bound; count = count < each ? count + 1 : Math.ceil(count * 1.25)) counts.push(count);
  return [...counts, bound];
}

/** Threads that can load so many cores: about one for four, as one sends some times faster than a worker answers. */
export function threadsFor(cores: number): number {
  return Math.max(1, Math.ceil(cores / 4));
}

/** Seconds that all of it takes, roughly. */
export function reckonedSeconds({ counts, rounds, seconds, warmup }: TunePlan): number {
  return Math.ceil(usualStart + counts.length * rounds * (usualStart + seconds + warmup));
}

/** Seconds after which no further round begins. */
export function longestSeconds(plan: TunePlan): number {
  return 2 * reckonedSeconds(plan) + 30;
}

/**
 * The numbers of one round in an order by chance, so that neither a machine that gets warm nor whoever else uses it
 * favours one of them.
 */
export function mixed(counts: readonly number[]): readonly number[] {
  return counts
    .map((count) => ({ count, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ count }) => count);
}
