import type { Family, Sample } from "./family.ts";

function keyOf({ metricName = "", labels }: Sample): string {
  return JSON.stringify([metricName, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Counters of single processes begin anew with each; those of all together must not. */
function lasts({ type, values }: Family): boolean {
  return type !== "gauge" && values.every(({ labels }) => !("worker" in labels));
}

function addSamples(first: readonly Sample[], second: readonly Sample[]): readonly Sample[] {
  const sums = new Map(first.map((sample) => [keyOf(sample), sample]));
  for (const sample of second) {
    const known = sums.get(keyOf(sample));
    sums.set(keyOf(sample), known === undefined ? sample : { ...known, value: known.value + sample.value });
  }
  return [...sums.values()];
}

/**
 * Adds what a process had counted to what those before it had: without it, the sums over all processes would fall when
 * one is replaced, and Prometheus would take all that the others have ever counted for new.
 *
 * @param before the sums so far
 * @param ended the last report of the process
 */
export function addTotals(before: readonly Family[], ended: readonly Family[]): readonly Family[] {
  const sums = new Map(before.map((family) => [family.name, family]));
  for (const family of ended.filter(lasts)) {
    const known = sums.get(family.name);
    sums.set(family.name, known === undefined ? family : { ...known, values: addSamples(known.values, family.values) });
  }
  return [...sums.values()];
}
