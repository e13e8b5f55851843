import type { SampledActivity } from "./messages.ts";

/** What a report says of the ones before it. */
export interface Allowed {
  /** Stalls of the same route, task or job since its last report. */
  readonly suppressed: number;
}

/** Lets through one report per route, task or job and interval. */
export interface Rate {
  /** @returns undefined when there was one already */
  allow(activity: SampledActivity | undefined, now?: number): Allowed | undefined;
}

interface Entry {
  readonly since: number;
  suppressed: number;
}

/** @param interval milliseconds; 0 lets every report through */
export function createRate(interval: number): Rate {
  const entries = new Map<string, Entry>();
  return {
    allow: (activity, now = performance.now()) => {
      const key = activity === undefined ? "" : `${activity.kind} ${activity.method ?? ""} ${activity.name ?? ""}`;
      const entry = entries.get(key);
      if (entry !== undefined && now - entry.since < interval) {
        entry.suppressed += 1;
        return undefined;
      }
      entries.set(key, { since: now, suppressed: 0 });
      return { suppressed: entry?.suppressed ?? 0 };
    },
  };
}
