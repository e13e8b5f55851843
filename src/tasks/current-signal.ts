import { currentActivity } from "../logging/context.ts";

/**
 * The signal of what the code runs for, wherever the code stands: a background task's own one, a job's, or that of the
 * request. It aborts when the work is no longer wanted; `reason` says why.
 *
 * @returns the signal; outside of any request, task or job one that never aborts
 *
 * @example
 * ```ts
 * import { currentSignal } from "kilnjs";
 * export async function notify(url: string, orderId: number): Promise<void> {
 *   const body = JSON.stringify({ order: orderId });
 *   await fetch(url, { method: "POST", body, signal: currentSignal() });
 * }
 * ```
 */
export function currentSignal(): AbortSignal {
  return currentActivity()?.signal ?? new AbortController().signal;
}
