import { openPool } from "./current-pool.ts";
import { allDefinitions } from "./definition.ts";
import type { FunctionFigures } from "./figures.ts";
import type { PoolFigures } from "./pool.ts";

/** What the threads do and did, for metrics. */
export interface ThreadFigures extends PoolFigures {
  readonly functions: readonly (Readonly<FunctionFigures> & { readonly name: string; readonly module: string })[];
}

const noPool: PoolFigures = { size: 0, threads: 0, busy: 0, queued: 0 };

/**
 * Reads the figures of the pool and of every `blocking()` function. The counters grow for as long as the process lives, and
 * nothing is computed before it is asked for.
 */
export function threadFigures(): ThreadFigures {
  const functions = [...allDefinitions()].map(({ name, url, figures }) => ({ name, module: url, ...figures }));
  return { ...(openPool()?.figures ?? noPool), functions };
}
