/** Tells whether a value has gone beyond a limit, without flapping around it. */
export interface Gauge {
  /** The last sample. */
  readonly value: number;
  readonly beyond: boolean;
  add(sample: number): void;
}

/** How many samples in a row decide: one alone is a single long turn, or garbage that is about to be collected. */
const patience = 2;

/**
 * Makes a gauge. It is beyond its limit after two samples in a row above `limit`, and no longer after two in a row below
 * `leave`; between the two nothing changes.
 *
 * @param limit where it goes beyond
 * @param leave where it comes back, at most `limit`
 */
export function createGauge(limit: number, leave: number): Gauge {
  let row = 0;
  const gauge = {
    value: 0,
    beyond: false,
    add: (sample: number): void => {
      gauge.value = sample;
      const turns = gauge.beyond ? sample < leave : sample > limit;
      row = turns ? row + 1 : 0;
      if (row < patience) return;
      gauge.beyond = !gauge.beyond;
      row = 0;
    },
  };
  return gauge;
}
