import type { Needs } from "../../src/contract/provider.ts";
import { buildGraph } from "../../src/inject/graph.ts";
import type { DocumentedRoute } from "../../src/openapi/documented-route.ts";

/** What a test says of a route; the rest has the defaults that the app gives it. */
export interface RouteSketch extends Partial<Omit<DocumentedRoute, "graph" | "where">> {
  readonly method: string;
  readonly path: string;
  readonly needs?: Needs;
  readonly guards?: readonly Needs[];
}

/** Makes a route as the app does: from what is declared, with its checked graph. */
export function route({ method, path, needs = {}, guards = [], ...rest }: RouteSketch): DocumentedRoute {
  const where = `${method} ${path}`;
  return {
    method,
    path,
    where,
    graph: buildGraph(where, guards, needs),
    tags: [],
    deprecated: false,
    documented: true,
    raises: [],
    options: {},
    ...rest,
  };
}
