import { GCProfiler, getHeapStatistics } from "node:v8";

/** Milliseconds for which collections are timed once one is suspected. */
const timedFor = 60_000;

/** The heap of the main thread, in bytes. */
export interface HeapUse {
  readonly used: number;
  readonly limit: number;
}

/**
 * Times garbage collections, but only while there is a reason: Node tells of each collection by building objects, which
 * makes a server that allocates much slower by some percent. Pauses that are long enough to be reported come again.
 */
export interface Collections {
  /** Times collections from now on, for a while. */
  suspect(): void;
  /** Milliseconds of collections since the last call; undefined when they were not timed. */
  take(): number | undefined;
  stop(): void;
}

export function createCollections(): Collections {
  let profiler: GCProfiler | undefined;
  let until = 0;
  const stop = (): void => {
    profiler?.stop();
    profiler = undefined;
  };
  return {
    suspect: () => {
      until = performance.now() + timedFor;
      if (profiler !== undefined) return;
      profiler = new GCProfiler();
      profiler.start();
    },
    take: () => {
      if (profiler === undefined) return undefined;
      const { statistics } = profiler.stop();
      // Microseconds; it cannot be read without being stopped.
      const spent = statistics.reduce((sum, { cost }) => sum + cost, 0) / 1000;
      if (performance.now() < until) profiler.start();
      else profiler = undefined;
      return spent;
    },
    stop,
  };
}

export function heapUse(): HeapUse {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return { used, limit };
}
