import type { Measured } from "./figures.ts";

/** What somebody who wants to know how many workers to run is told. */
export interface Recommendation {
  readonly workers: number;
  /** Why so many, in a sentence. */
  readonly why: string;
  /** What speaks against trusting it. */
  readonly doubts: readonly string[];
}

/** What is given away of the best throughput for fewer processes. */
const throughputGiven = 0.03;
/** A p99 is kept when it is no more than a tenth, or a millisecond, above the lowest: less than rounds differ by chance. */
const p99Factor = 1.1;
const p99Milliseconds = 1;
/** From here on, a thread that sends has no time left to send more. */
const saturated = 0.9;
/** Cores of other processes from which on they may have changed the figures. */
const othersNoticed = 0.25;

function least(measured: readonly Measured[], figure: (one: Measured) => number): Measured {
  return measured.reduce((best, one) => (figure(one) < figure(best) ? one : best));
}

function perSecond({ throughput }: Measured): string {
  return `${Math.round(throughput).toLocaleString("en-US")}/s`;
}

function milliseconds({ p99 }: Measured): string {
  return `${p99 < 10 ? p99.toFixed(1) : Math.round(p99)} ms`;
}

function workersOf({ workers }: Measured): string {
  return workers === 1 ? "1 worker" : `${workers} workers`;
}

function whyOf(chosen: Measured, best: Measured, fewest: Measured, measured: readonly Measured[]): string {
  const { workers } = fewest;
  const reached =
    chosen === best
      ? `the best throughput, ${perSecond(best)}, with a p99 of ${milliseconds(best)}`
      : `the fewest within 3% of the best throughput: ${perSecond(chosen)}, against ${perSecond(best)} with ${workersOf(best)}; p99 was ${milliseconds(chosen)}`;
  if (chosen !== fewest)
    return `${reached}. ${workersOf(fewest)} had ${perSecond(fewest)}, but a p99 of ${milliseconds(fewest)}`;
  const isBound = chosen === best && measured.some((one) => one.workers < workers);
  return isBound ? `${reached}; fewer did not come within 3% of it` : reached;
}

function* doubtsOf(chosen: Measured, best: Measured, measured: readonly Measured[]): Generator<string> {
  const noisy = Math.max(chosen.spread, best.spread);
  if (noisy > throughputGiven) {
    yield `rounds of the same number differed by up to ${Math.round(noisy * 100)}% from their median: run it on a quiet machine, or with more --rounds`;
  }
  const quicker = least(measured, ({ p99 }) => p99);
  if (quicker.p99 * 2 < chosen.p99 && chosen.p99 - quicker.p99 > p99Milliseconds) {
    yield `p99 was ${milliseconds(quicker)} with ${workersOf(quicker)}, at ${perSecond(quicker)}`;
  }
  if (measured.some(({ loadBusy }) => loadBusy > saturated)) {
    yield "the load generator had no time left at its fastest, so the app may be able to do more: send with more --threads, or from routes that cost more";
  }
  const others = Math.max(...measured.map(({ otherCpu }) => otherCpu ?? 0));
  if (others > othersNoticed) {
    yield `other processes kept up to ${others.toFixed(1)} cores of this machine busy meanwhile: run it when they do not`;
  }
  const last = measured.at(-1);
  if (chosen === last && measured.length > 1) yield `it is the most that was measured: try more with --max`;
}

/**
 * How many workers to run: the fewest whose throughput is within 3% of the best, among those that keep p99.
 *
 * @param measured every number of workers that was measured, at least one, ascending
 */
export function recommend(measured: readonly Measured[]): Recommendation {
  const best = least(measured, ({ throughput }) => -throughput);
  const enough = measured.filter(({ throughput }) => throughput >= best.throughput * (1 - throughputGiven));
  const lowest = least(enough, ({ p99 }) => p99).p99;
  const keeps = enough.filter(({ p99 }) => p99 <= Math.max(lowest * p99Factor, lowest + p99Milliseconds));
  const chosen = least(keeps, ({ workers }) => workers);
  const fewest = least(enough, ({ workers }) => workers);
  return {
    workers: chosen.workers,
    why: whyOf(chosen, best, fewest, measured),
    doubts: [...doubtsOf(chosen, best, measured)],
  };
}
