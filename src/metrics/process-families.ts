import { type EventLoopUtilization, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { stallCounts } from "../threads/stall/counts.ts";
import { counter, type Family, gauge } from "./family.ts";

/** Milliseconds between two looks of the histogram, which counts its own rest as well. */
const resolution = 20;

/** Watches the loop of this process from its first reading on. */
export interface LoopMeter {
  /** @param restart whether the delays seen so far are forgotten */
  families(worker: string, restart: boolean): readonly Family[];
  stop(): void;
}

function seconds(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - resolution / 1e3) : 0;
}

function loopTime({ active, idle }: EventLoopUtilization, worker: string): Family {
  return counter("nodejs_eventloop_time_seconds_total", "Time of the event loop, at work and waiting", [
    { labels: { worker, state: "active" }, value: active / 1e3 },
    { labels: { worker, state: "idle" }, value: idle / 1e3 },
  ]);
}

function stalls(worker: string): readonly Family[] {
  const { total, longest } = stallCounts();
  const labels = { worker };
  return [
    counter("kiln_loop_stalls_total", "Times that the event loop was blocked for longer than its limit", [
      { labels, value: total },
    ]),
    gauge(
      "kiln_loop_stall_longest_seconds",
      "The longest stall since the start",
      [{ labels, value: (longest?.duration ?? 0) / 1e3 }],
      "max",
    ),
  ];
}

/** Makes the meter; nothing runs before somebody reads it. */
export function createLoopMeter(): LoopMeter {
  let delays: ReturnType<typeof monitorEventLoopDelay> | undefined;
  return {
    families: (worker, restart) => {
      if (delays === undefined) {
        delays = monitorEventLoopDelay({ resolution });
        delays.enable();
      }
      const values = { mean: delays.mean, p50: delays.percentile(50), p99: delays.percentile(99), max: delays.max };
      const seen = delays.count > 0;
      if (restart) delays.reset();
      const late = Object.entries(values).map(([name, nanoseconds]) =>
        gauge(
          `nodejs_eventloop_delay_${name}_seconds`,
          "How late turns of the event loop were since the last reading of the metrics",
          [{ labels: { worker }, value: seen ? seconds(nanoseconds) : 0 }],
          "max",
        ),
      );
      return [loopTime(performance.eventLoopUtilization(), worker), ...late, ...stalls(worker)];
    },
    stop: () => {
      delays?.disable();
      delays = undefined;
    },
  };
}

/** Memory and CPU of this process, under the names that prom-client's own default metrics have. */
export function processFamilies(worker: string): readonly Family[] {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const one = (value: number): readonly [{ readonly labels: { readonly worker: string }; readonly value: number }] => [
    { labels: { worker }, value },
  ];
  return [
    counter("process_cpu_seconds_total", "CPU time of the process, all threads", one((user + system) / 1e6)),
    gauge("process_resident_memory_bytes", "Resident memory of the process", one(rss)),
    gauge(
      "process_start_time_seconds",
      "When the process was started, in Unix time",
      one(Math.round(Date.now() / 1e3 - process.uptime())),
      "max",
    ),
    gauge("nodejs_heap_size_used_bytes", "Used heap of the main thread", one(heapUsed)),
    gauge("nodejs_heap_size_total_bytes", "Heap of the main thread", one(heapTotal)),
    gauge("nodejs_external_memory_bytes", "Memory outside of the heap that objects hold", one(external)),
  ];
}
