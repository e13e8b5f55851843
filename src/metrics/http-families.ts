import type { ServerState } from "../http/server-state.ts";
import { durationBounds, type TrafficRow, unmatched } from "../http/traffic.ts";
import { counter, type Family, gauge, histogram, type Labels } from "./family.ts";

function labelsOf({ method, route, status }: TrafficRow): Labels {
  return { method, route, status_code: status };
}

function total(buckets: readonly number[]): number {
  return buckets.reduce((sum, count) => sum + count, 0);
}

/** Counted when asked for: keeping a number per route would cost every request. */
function inFlight(state: ServerState, rows: readonly TrafficRow[]): ReadonlyMap<string, number> {
  // Routes that have been called stay at 0, so that a graph of them does not break off.
  const counts = new Map(rows.map(({ method, route }) => [`${method} ${route}`, 0]));
  for (const { runtime, request } of state.active) {
    if (runtime?.direct) continue;
    const key = `${request.method} ${runtime?.template ?? request.routeOptions.url ?? unmatched}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The requests of a server. */
export function httpFamilies(state: ServerState, worker: string): readonly Family[] {
  const rows = state.traffic.rows();
  const flying = [...inFlight(state, rows)].map(([key, value]) => {
    const [method = "", ...route] = key.split(" ");
    return { labels: { worker, method, route: route.join(" ") }, value };
  });
  const shed = Object.entries(state.load.figures().shed).map(([reason, value]) => ({ labels: { reason }, value }));
  return [
    counter(
      "http_requests_total",
      "Requests that have ended; status_code 499 is a client that left before its answer",
      rows.map((row) => ({ labels: labelsOf(row), value: total(row.buckets) })),
    ),
    histogram(
      "http_request_duration_seconds",
      "From the arrival of a request to the end of its answer",
      durationBounds,
      rows.map((row) => ({ labels: labelsOf(row), buckets: row.buckets, sum: row.seconds })),
    ),
    gauge("http_requests_in_flight", "Requests that have arrived and not ended", flying),
    counter("kiln_requests_shed_total", "Requests refused with 503 for the load, by reason", shed),
  ];
}
