import type { JobDefinition } from "../contract/job-definition.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { buildGraph, chainText, type Graph, type Node, type Replacements } from "../inject/graph.ts";

/** For messages: the call with the place of the declaration. */
export function jobPlace({ name, place, settings }: JobDefinition): string {
  return `${settings.batch === undefined ? "job" : "batchJob"}("${name}") (${place})`;
}

function isOfRequest({ definition: found }: Node): boolean {
  if (found.kind === "ambient") return found.name !== "log" && found.name !== "signal";
  return found.kind === "input" || found.kind === "scheme";
}

/**
 * Everything that the runs of a job need, checked.
 *
 * @throws KilnError KILN_JOBS_NEEDS for what only a request has, and what `buildGraph` throws
 */
export function jobGraph(job: JobDefinition, replacements: Replacements): Graph {
  const where = jobPlace(job);
  const graph = buildGraph(where, [], job.needs, replacements);
  const culprit = graph.nodes.find(isOfRequest);
  if (culprit === undefined) return graph;
  throw new KilnError("KILN_JOBS_NEEDS", {
    where: chainText(where, culprit.chain),
    what: culprit.chain.at(-1) ?? "",
    why: "is a part of a request, and a job runs without one",
    fix: "Hand it over in the payload",
  });
}
