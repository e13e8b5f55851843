// What counting and timing a request for the metrics costs: the call alone, beside prom-client's own counter and histogram
// with the same labels, and what a page of metrics takes to write.
// Run: node --conditions=kilnjs-source bench/metrics.ts
import { Counter, Histogram, Registry } from "prom-client";
import { createTraffic, durationBounds, type Traffic } from "../src/http/traffic.ts";
import { expose } from "../src/metrics/exposition.ts";
import { counter, histogram } from "../src/metrics/family.ts";
import { median } from "./median.ts";

const calls = 500_000;
const rounds = 15;

interface Observed {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly milliseconds: number;
}

// 40 routes, mostly quick, with a few errors among them.
const observed: readonly Observed[] = Array.from({ length: 1024 }, (_, index) => ({
  route: `/api/things/${index % 40}/:id`,
  method: index % 5 === 0 ? "POST" : "GET",
  status: index % 17 === 0 ? 404 : 200,
  milliseconds: index % 50 === 0 ? 120 : (index % 9) * 0.4,
}));

function withPromClient(): (one: Observed) => void {
  const registers = [new Registry()];
  const labelNames = ["method", "route", "status_code"];
  const total = new Counter({ name: "total", help: "total", labelNames, registers });
  const duration = new Histogram({
    name: "duration",
    help: "duration",
    labelNames,
    registers,
    buckets: [...durationBounds],
  });
  return ({ route, method, status, milliseconds }) => {
    const labels = { method, route, status_code: status };
    total.inc(labels);
    duration.observe(labels, milliseconds / 1000);
  };
}

function nanoseconds(observe: (one: Observed) => void): number {
  const started = process.hrtime.bigint();
  for (let call = 0; call < calls; call++) observe(observed[call & 1023] as Observed);
  return Number(process.hrtime.bigint() - started) / calls;
}

async function page(traffic: Traffic): Promise<number> {
  const started = performance.now();
  const rows = traffic.rows().map(({ route, method, status, buckets, seconds }) => ({
    labels: { route, method, status_code: status },
    buckets,
    sum: seconds,
  }));
  await expose([
    [counter("total", "total", []), histogram("http_request_duration_seconds", "duration", durationBounds, rows)],
  ]);
  return performance.now() - started;
}

const traffic = createTraffic();
const ways: Readonly<Record<string, (one: Observed) => void>> = {
  nothing: () => undefined,
  Kiln: ({ route, method, status, milliseconds }) => traffic.observe(route, method, status, milliseconds),
  "prom-client": withPromClient(),
};
const figures = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  for (const [name, observe] of Object.entries(ways)) figures.get(name)?.push(nanoseconds(observe));
}
for (const [name, values] of figures)
  console.log(`${name.padEnd(12)} ${median(values).toFixed(0).padStart(6)} ns a request`);
await page(traffic);
const pages: number[] = [];
for (let round = 0; round < rounds; round++) pages.push(await page(traffic));
console.log(`a page of ${traffic.rows().length} series of requests: ${median(pages).toFixed(1)} ms`);
