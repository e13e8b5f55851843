import { requirePeer } from "../errors/peer.ts";
import type { Family } from "./family.ts";

/** A page of metrics. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Writes the metrics of all processes as Prometheus reads them. prom-client adds up what has the same labels; its own way
 * to ask workers is not used, for it gives up everything when one of them does not answer.
 *
 * @param processes the metrics of each
 * @throws KilnError KILN_PEER_MISSING without prom-client
 */
export async function expose(processes: readonly (readonly Family[])[]): Promise<Exposition> {
  // What the package of this name exports.
  const { AggregatorRegistry } = requirePeer("prom-client", "the metrics") as typeof import("prom-client");
  const filled = processes.map((families) => families.filter(({ values }) => values.length > 0));
  const registry = AggregatorRegistry.aggregate(filled as object[]);
  return { contentType: registry.contentType, text: await registry.metrics() };
}
