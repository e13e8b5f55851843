/**
 * Upper bounds of the duration buckets, in seconds: those that OpenTelemetry advises for HTTP servers, and two below
 * them, since most handlers take less than its first.
 */
export const durationBounds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** Finished requests of one route, method and status. */
export interface TrafficRow {
  /** The template, or {@link unmatched}. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  /** How many took at most as long as each bound and longer than the one before; the last: longer than all. */
  readonly buckets: readonly number[];
  /** Seconds of all of them together. */
  readonly seconds: number;
}

/** Counts and times the requests of a server. */
export interface Traffic {
  /**
   * Counts a finished request.
   *
   * @param route its template; undefined when none matched
   * @param method as sent
   * @param status of the answer
   * @param milliseconds from its arrival to the end of the answer
   */
  observe(route: string | undefined, method: string, status: number, milliseconds: number): void;
  rows(): readonly TrafficRow[];
}

/** What stands for the route where none matched: paths are the clients' choice, and would be as many as they like. */
export const unmatched = "unmatched";

const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);
// OpenTelemetry's word, so that no client can make up new series.
const otherMethod = "_OTHER";
const secondsAt = durationBounds.length + 1;

type Cells = Map<string, Map<string, Map<number, Float64Array>>>;

function newCell(cells: Cells, route: string, method: string, status: number): Float64Array {
  const byMethod = cells.get(route) ?? new Map<string, Map<number, Float64Array>>();
  const byStatus = byMethod.get(method) ?? new Map<number, Float64Array>();
  const cell = new Float64Array(secondsAt + 1);
  cells.set(route, byMethod.set(method, byStatus.set(status, cell)));
  return cell;
}

/**
 * Makes the counters of a server. Counting takes three look-ups and two additions: it is always on, and a metrics
 * library sees the sums only when somebody asks.
 */
export function createTraffic(): Traffic {
  const cells: Cells = new Map();
  return {
    observe: (route = unmatched, sent, status, milliseconds) => {
      const method = methods.has(sent) ? sent : otherMethod;
      const cell = cells.get(route)?.get(method)?.get(status) ?? newCell(cells, route, method, status);
      const seconds = milliseconds / 1000;
      let bucket = 0;
      while (bucket < durationBounds.length && seconds > (durationBounds[bucket] ?? 0)) bucket += 1;
      cell[bucket] = (cell[bucket] ?? 0) + 1;
      cell[secondsAt] = (cell[secondsAt] ?? 0) + seconds;
    },
    rows: () =>
      [...cells].flatMap(([route, byMethod]) =>
        [...byMethod].flatMap(([method, byStatus]) =>
          [...byStatus].map(([status, cell]) => ({
            route,
            method,
            status,
            buckets: [...cell.subarray(0, secondsAt)],
            seconds: cell[secondsAt] ?? 0,
          })),
        ),
      ),
  };
}
