import { KilnError } from "../errors/kiln-error.ts";

/** Milliseconds, or a number with its unit: `"500ms"`, `"2s"`, `"15m"`, `"3h"`, `"7d"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A duration in milliseconds.
 *
 * @param duration as the user wrote it
 * @param where the call and option, for the error
 * @throws KilnError KILN_JOBS_INVALID for anything that is no duration
 */
export function milliseconds(duration: Duration, where: string): number {
  if (typeof duration === "number" && Number.isFinite(duration) && duration >= 0) return duration;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration));
  const unit = units[match?.[2] ?? ""];
  if (match !== null && unit !== undefined) return Number(match[1]) * unit;
  throw new KilnError("KILN_JOBS_INVALID", {
    where,
    what: String(duration),
    why: "is no duration",
    fix: 'Write milliseconds, or a number with its unit such as "2s", "15m" or "7d"',
  });
}

/** The same in whole seconds, for what the queue counts in seconds: rounded up, so that nothing is too early. */
export function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
