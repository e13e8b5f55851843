import type { SampledActivity } from "./messages.ts";

/** What a report says of the ones before it. */
export interface Allowed {
  /** Stalls of the same route, task or job since its last report. */
  readonly suppressed: number;
}

/** What reports are counted by: the route, task or job. */
export function subjectOf(activity: SampledActivity | undefined): string {
  return activity === undefined ? "" : `${activity.kind} ${activity.method ?? ""} ${activity.name ?? ""}`;
}

/** Lets through one report per subject and interval. */
export interface Rate {
  /** @returns undefined when there was one already */
  allow(subject: string, now?: number): Allowed | undefined;
}

interface Entry {
  readonly since: number;
  suppressed: number;
}

/** @param interval milliseconds; 0 lets every report through */
export function createRate(interval: number): Rate {
  const entries = new Map<string, Entry>();
  return {
    allow: (subject, now = performance.now()) => {
      const entry = entries.get(subject);
      if (entry !== undefined && now - entry.since < interval) {
        entry.suppressed += 1;
        return undefined;
      }
      entries.set(subject, { since: now, suppressed: 0 });
      return { suppressed: entry?.suppressed ?? 0 };
    },
  };
}
