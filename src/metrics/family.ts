/** What tells one series of a metric from the others. */
export type Labels = Readonly<Record<string, string | number>>;

/** One number of a metric. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Where it is not that of the metric: `_bucket`, `_sum` and `_count` of a histogram. */
  readonly metricName?: string;
}

/** A metric with all its series, in the form in which prom-client's registries give and take them as JSON. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  /** What becomes of two processes' values with the same labels. */
  readonly aggregator: string;
  readonly values: readonly Sample[];
}

/** Values that only grow; those of all processes are added up. */
export function counter(name: string, help: string, values: readonly Sample[]): Family {
  return { name, help, type: "counter", aggregator: "sum", values };
}

/** Values of this moment. */
export function gauge(
  name: string,
  help: string,
  values: readonly Sample[],
  aggregator: "sum" | "max" = "sum",
): Family {
  return { name, help, type: "gauge", aggregator, values };
}

/** Counts of one series by bucket. */
export interface HistogramRow {
  readonly labels: Labels;
  /** One more than there are bounds: the last counts what is beyond all of them. */
  readonly buckets: readonly number[];
  readonly sum: number;
}

function histogramSamples(name: string, bounds: readonly number[], row: HistogramRow): Sample[] {
  const { labels, buckets, sum } = row;
  let count = 0;
  const cumulative = buckets.map((inBucket, index) => {
    count += inBucket;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[index] ?? "+Inf" }, value: count };
  });
  return [
    ...cumulative,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/**
 * Distributions.
 *
 * @param bounds upper bounds of the buckets
 */
export function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
  rows: readonly HistogramRow[],
): Family {
  const values = rows.flatMap((row) => histogramSamples(name, bounds, row));
  return { name, help, type: "histogram", aggregator: "sum", values };
}
