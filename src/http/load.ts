import { monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { HttpError } from "../contract/http-error.ts";
import type { Logger } from "../logging/logger.ts";
import { Overloaded } from "./errors.ts";
import { createGauge, type Gauge } from "./load-gauge.ts";
import { type LoadOptions, loadLimits } from "./load-options.ts";
import { createShedLog, type ShedLog } from "./shed-log.ts";

/*
 * Load shedding: beyond a limit a request is refused before it costs anything. `@fastify/under-pressure` was looked at
 * first: it has no limit for requests in flight and no way to exempt a route, refuses after one long turn and accepts
 * again with the next sample, and reads the memory of the process from the system whether or not it is limited. What is
 * left of it is the histogram.
 */

/** Why a request was refused. */
export type ShedReason = "in_flight" | "loop_delay" | "heap_used" | "rss";

/** What the monitor last saw. */
export interface LoadFigures {
  /** Requests whose answer is not decided yet. */
  readonly inFlight: number;
  /** Milliseconds by which turns of the loop were late, on average over the last sample; 0 when it is not limited. */
  readonly loopDelay: number;
  /** Used part of the heap, between 0 and 1; 0 when it is not limited. */
  readonly heapUsed: number;
  /** Bytes; 0 when it is not limited. */
  readonly rss: number;
  /** Refused requests since the start, by reason. */
  readonly shed: Readonly<Record<ShedReason, number>>;
}

/** Watches the load of a server and says which requests to refuse. */
export interface LoadMonitor {
  /** Counted by the exchange: up when a request arrives, down when its answer is decided. */
  inFlight: number;
  /** False when every limit is off. */
  readonly enabled: boolean;
  /** Why a request that has just arrived must be refused, if it must. */
  refusal(): ShedReason | undefined;
  /** Counts a refusal and makes its error. */
  refuse(reason: ShedReason): HttpError;
  readonly figures: () => LoadFigures;
  /** Begins to sample; nothing is measured before. */
  start(): void;
  stop(): void;
}

const details: Readonly<Record<ShedReason, string>> = {
  in_flight: "Too many requests are in work",
  loop_delay: "The server is behind with its work",
  heap_used: "The server is short of memory",
  rss: "The server is short of memory",
};

/** Milliseconds between two samples, and between two looks of the histogram. */
const sampleInterval = 500;
const resolution = 20;

type Histogram = ReturnType<typeof monitorEventLoopDelay>;

interface Sampler {
  readonly reason: ShedReason;
  readonly gauge: Gauge;
  /** Reads the current value. */
  readonly read: () => number;
}

/** By how many milliseconds the turns since the last call were late; the histogram counts its own rest as well. */
function loopDelay(histogram: Histogram, before: number): number {
  if (histogram.count === 0) return before;
  const mean = histogram.mean / 1e6 - resolution;
  histogram.reset();
  return Math.max(0, mean);
}

function heapUsed(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / limit;
}

function samplersOf(limits: Required<LoadOptions>, histogram: Histogram | undefined): readonly Sampler[] {
  const found: Sampler[] = [];
  if (histogram !== undefined) {
    // Late turns come and go: half the limit is where the loop is at ease again.
    const gauge = createGauge(limits.loopDelay, limits.loopDelay / 2);
    found.push({ reason: "loop_delay", gauge, read: () => loopDelay(histogram, gauge.value) });
  }
  if (limits.heapUsed > 0) {
    const gauge = createGauge(limits.heapUsed, limits.heapUsed * 0.95);
    found.push({ reason: "heap_used", gauge, read: heapUsed });
  }
  if (limits.rss > 0) {
    const gauge = createGauge(limits.rss, limits.rss * 0.95);
    found.push({ reason: "rss", gauge, read: () => process.memoryUsage.rss() });
  }
  return found;
}

/**
 * Makes the monitor of a server.
 *
 * @param options the limits
 * @param production whether the defaults are those of production
 * @param log gets `request_shed`, at most once a second
 * @throws KilnError KILN_LOAD_OPTIONS
 */
export function createLoadMonitor(options: LoadOptions, production: boolean, log: Logger): LoadMonitor {
  const limits = loadLimits(options, production);
  const histogram = limits.loopDelay > 0 ? monitorEventLoopDelay({ resolution }) : undefined;
  const samplers = samplersOf(limits, histogram);
  const inFlightLimit = limits.inFlight > 0 ? limits.inFlight : Number.POSITIVE_INFINITY;
  const shed: Record<ShedReason, number> = { in_flight: 0, loop_delay: 0, heap_used: 0, rss: 0 };
  const headers = { "retry-after": String(Math.max(1, Math.ceil(limits.retryAfter))) };
  const lastOf = (reason: ShedReason): number => samplers.find((one) => one.reason === reason)?.gauge.value ?? 0;
  let pressure: ShedReason | undefined;
  let timer: NodeJS.Timeout | undefined;
  const sample = (): void => {
    for (const { gauge, read } of samplers) gauge.add(read());
    pressure = samplers.find(({ gauge }) => gauge.beyond)?.reason;
  };
  const monitor: LoadMonitor = {
    inFlight: 0,
    enabled: samplers.length > 0 || inFlightLimit !== Number.POSITIVE_INFINITY,
    refusal: () => (monitor.inFlight > inFlightLimit ? "in_flight" : pressure),
    refuse: (reason) => {
      shed[reason] += 1;
      lines.add(reason);
      return new Overloaded(details[reason], { headers });
    },
    figures: () => ({
      inFlight: monitor.inFlight,
      loopDelay: lastOf("loop_delay"),
      heapUsed: lastOf("heap_used"),
      rss: lastOf("rss"),
      shed: { ...shed },
    }),
    start: () => {
      if (samplers.length === 0) return;
      histogram?.enable();
      timer ??= setInterval(sample, sampleInterval).unref();
    },
    stop: () => {
      clearInterval(timer);
      histogram?.disable();
      pressure = undefined;
      lines.flush();
    },
  };
  const lines: ShedLog = createShedLog(log, monitor.figures);
  return monitor;
}
