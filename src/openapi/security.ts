import type { SchemeDefinition } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { Graph } from "../inject/graph.ts";
import type { SecurityRequirement } from "./document-types.ts";

/** The security schemes of a document, collected while its routes are described. */
export interface SchemeBook {
  /** Notes the schemes of a route, and returns its requirements; undefined when it has none. */
  readonly use: (graph: Graph, where: string) => readonly SecurityRequirement[] | undefined;
  /** The schemes by name, sorted. */
  readonly schemes: () => Readonly<Record<string, SchemeDefinition["scheme"]>>;
}

/** The schemes that a route leads to. */
export function schemesOf(graph: Graph): readonly SchemeDefinition[] {
  return graph.nodes.map(({ definition }) => definition).filter((found) => found.kind === "scheme");
}

interface Asked {
  readonly scopes: readonly string[];
  readonly optional: boolean;
}

function byName(found: readonly SchemeDefinition[]): ReadonlyMap<string, Asked> {
  const asked = new Map<string, Asked>();
  for (const { name, scopes, optional } of found) {
    const before = asked.get(name);
    asked.set(name, {
      scopes: [...new Set([...(before?.scopes ?? []), ...scopes])],
      optional: optional && (before?.optional ?? true),
    });
  }
  return asked;
}

/** Required schemes must all be met; each optional one is an alternative, and so is none of them. */
function requirements(found: readonly SchemeDefinition[]): readonly SecurityRequirement[] | undefined {
  if (found.length === 0) return undefined;
  const asked = [...byName(found)];
  const required = Object.fromEntries(
    asked.filter(([, { optional }]) => !optional).map(([name, { scopes }]) => [name, scopes]),
  );
  const optional = asked.filter(([, { optional }]) => optional);
  return [...optional.map(([name, { scopes }]) => ({ ...required, [name]: scopes })), required];
}

/** Opens a book without entries. */
export function schemeBook(): SchemeBook {
  const known = new Map<
    string,
    { readonly json: string; readonly scheme: SchemeDefinition["scheme"]; readonly where: string }
  >();
  const note = ({ name, scheme }: SchemeDefinition, where: string): void => {
    const json = JSON.stringify(scheme);
    const first = known.get(name);
    if (first === undefined) known.set(name, { json, scheme, where });
    else if (first.json !== json) {
      throw new KilnError("KILN_OPENAPI_NAME_CLASH", {
        where,
        what: name,
        why: `would name two different security schemes in the OpenAPI document, one reached from ${first.where}`,
        fix: "Give one of them another `name`",
      });
    }
  };
  return {
    use: (graph, where) => {
      const found = schemesOf(graph);
      for (const scheme of found) note(scheme, where);
      return requirements(found);
    },
    schemes: () => {
      const sorted = [...known].sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(sorted.map(([name, { scheme }]) => [name, scheme]));
    },
  };
}
