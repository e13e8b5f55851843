/** One number of workers, loaded once. */
export interface Round {
  readonly workers: number;
  /** Answers a second. */
  readonly throughput: number;
  /** Milliseconds within which half of the answers came. */
  readonly p50: number;
  /** Milliseconds within which 99 of 100 came. */
  readonly p99: number;
  /** Cores that the app kept busy, all its processes; undefined where it cannot be told. */
  readonly cpu: number | undefined;
  /** Bytes that its processes had at the end, shared memory counted once. */
  readonly memory: number | undefined;
  /** Cores that sending the load kept busy. */
  readonly loadCpu: number;
  /** Cores that were busy with neither; undefined where that cannot be told. */
  readonly otherCpu: number | undefined;
  /** The largest share of its time, 0 to 1, for which a thread that sends was busy: near 1 it sends as fast as it can. */
  readonly loadBusy: number;
}

/** One number of workers, all rounds together: the median of each figure. */
export interface Measured extends Round {
  /** How far the throughput of its rounds was from the median, at most, as a share of that. */
  readonly spread: number;
  readonly rounds: number;
}

/** The value below which so many of 100 are. */
export function percentile(ascending: ArrayLike<number>, percent: number): number {
  return ascending[Math.max(0, Math.ceil((percent / 100) * ascending.length) - 1)] ?? 0;
}

function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = ascending.length / 2;
  const upper = ascending[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((ascending[middle - 1] ?? upper) + upper) / 2 : upper;
}

function medianIfAll(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : median(known);
}

function together(workers: number, rounds: readonly Round[]): Measured {
  const throughput = median(rounds.map((round) => round.throughput));
  const away = rounds.map((round) => Math.abs(round.throughput - throughput));
  return {
    workers,
    throughput,
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    cpu: medianIfAll(rounds.map(({ cpu }) => cpu)),
    memory: medianIfAll(rounds.map(({ memory }) => memory)),
    loadCpu: median(rounds.map(({ loadCpu }) => loadCpu)),
    otherCpu: medianIfAll(rounds.map(({ otherCpu }) => otherCpu)),
    loadBusy: median(rounds.map(({ loadBusy }) => loadBusy)),
    spread: throughput === 0 ? 0 : Math.max(...away) / throughput,
    rounds: rounds.length,
  };
}

/** The rounds by number of workers, ascending. */
export function summarise(rounds: readonly Round[]): readonly Measured[] {
  const counts = [...new Set(rounds.map(({ workers }) => workers))].sort((a, b) => a - b);
  return counts.map((count) =>
    together(
      count,
      rounds.filter(({ workers }) => workers === count),
    ),
  );
}
