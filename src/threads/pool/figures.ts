/** What became of the calls of one function. */
export interface FunctionFigures {
  /** Calls that returned or threw. */
  runs: number;
  /** Those of them that threw, and those whose thread ended under them. */
  failures: number;
  /** Calls that were given up: their client has gone, their time was up, their signal aborted. */
  stopped: number;
  /** Calls that found the queue full. */
  refused: number;
  /** What passed of a call without the function at work: in the queue, while a thread started, on the way. */
  readonly wait: TimeFigures;
  /** What the function took. */
  readonly run: TimeFigures;
}

/** Times of one kind, in milliseconds. */
interface TimeFigures {
  total: number;
  max: number;
  /** How many took at most as long as the bound of the same place in {@link timeBounds}; the last counts all others. */
  readonly buckets: number[];
}

/** Upper bounds of the buckets, in milliseconds. */
export const timeBounds: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

function newTimes(): TimeFigures {
  return { total: 0, max: 0, buckets: new Array<number>(timeBounds.length + 1).fill(0) };
}

export function newFunctionFigures(): FunctionFigures {
  return { runs: 0, failures: 0, stopped: 0, refused: 0, wait: newTimes(), run: newTimes() };
}

/** Counts one more time. */
export function record(times: TimeFigures, milliseconds: number): void {
  times.total += milliseconds;
  if (milliseconds > times.max) times.max = milliseconds;
  let at = 0;
  // Most are short, so that the first bounds decide.
  while (at < timeBounds.length && milliseconds > (timeBounds[at] ?? 0)) at += 1;
  times.buckets[at] = (times.buckets[at] ?? 0) + 1;
}
