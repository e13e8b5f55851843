import type { Logger } from "../logging/logger.ts";
import type { LoadFigures, ShedReason } from "./load.ts";

/** Says that requests were refused without adding to the load: one line a second, however many there are. */
export interface ShedLog {
  add(reason: ShedReason): void;
  /** Writes what has been counted since the last line. */
  flush(): void;
}

const interval = 1_000;

/**
 * Makes the log of refusals: the first is written at once, those within the next second together after it.
 *
 * @param figures what the monitor sees, for the line
 */
export function createShedLog(log: Logger, figures: () => LoadFigures): ShedLog {
  const counts = new Map<ShedReason, number>();
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    const { inFlight, loopDelay, heapUsed } = figures();
    const seen = { in_flight: inFlight, loop_delay_ms: Math.round(loopDelay), heap_used: Number(heapUsed.toFixed(3)) };
    for (const [reason, count] of counts) log.warn({ reason, count, ...seen }, "request_shed");
    counts.clear();
  };
  const turn = (): void => {
    timer = undefined;
    if (counts.size === 0) return;
    write();
    timer = setTimeout(turn, interval).unref();
  };
  return {
    add: (reason) => {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      if (timer === undefined) turn();
    },
    flush: () => {
      clearTimeout(timer);
      timer = undefined;
      write();
    },
  };
}
