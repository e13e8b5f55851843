import { PerformanceObserver } from "node:perf_hooks";

/** Milliseconds of garbage collections that are worth remembering. */
const worthwhile = 2;
const kept = 100;

interface Collection {
  readonly start: number;
  readonly end: number;
}

/** Knows when this thread stood still to collect garbage. */
export interface GcTime {
  /** Milliseconds of collections between two times of `performance.now()`. */
  between(start: number, end: number): number;
  stop(): void;
}

/** Begins to watch. */
export function watchCollections(): GcTime {
  const collections: Collection[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      if (duration >= worthwhile) collections.push({ start: startTime, end: startTime + duration });
    }
    if (collections.length > kept) collections.splice(0, collections.length - kept);
  });
  observer.observe({ entryTypes: ["gc"] });
  return {
    between: (start, end) =>
      collections.reduce((sum, one) => sum + Math.max(0, Math.min(end, one.end) - Math.max(start, one.start)), 0),
    stop: () => observer.disconnect(),
  };
}
