import { assertJsonReadable } from "../contract/assertions.ts";
import type { HttpErrorClass } from "../contract/http-error.ts";
import type { Needs } from "../contract/provider.ts";
import type { Returns } from "../contract/responses.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { checkBodyMethod } from "../inject/body-method.ts";
import { buildGraph, chainText, checkPathNames, type Graph, isInput, type Replacements } from "../inject/graph.ts";
import type { IncludedRouter, Method, RouteOptions, RouteRecord, RouterOptions, RouterRecord } from "./router.ts";

/** A route with everything that the routers around it add, and its checked graph. OpenAPI and serving read this. */
export interface Route {
  readonly method: Method;
  /** The whole template, for example `/api/posts/:postId`. */
  readonly path: string;
  readonly options: RouteOptions<Needs, Returns>;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly documented: boolean;
  /** Errors that the route and the routers around it name; those of dependencies are in the graph. */
  readonly raises: readonly HttpErrorClass[];
  readonly handler: (values: never) => unknown;
  readonly graph: Graph;
  /** For messages: method, template and place. */
  readonly where: string;
  readonly place: string;
}

/** Joins prefixes and paths: one slash between, none at the end. */
function join(parts: readonly (string | undefined)[]): string {
  const joined = parts.join("/").replace(/\/+/g, "/").replace(/\/$/, "");
  return joined.startsWith("/") ? joined : `/${joined}`;
}

function isRouter(entry: RouteRecord | IncludedRouter): entry is IncludedRouter {
  return "router" in entry;
}

function flattenRoute(record: RouteRecord, around: readonly RouterOptions[], replacements: Replacements): Route {
  const { options } = record;
  const path = join([...around.map(({ prefix }) => prefix), record.path]);
  const where = `${record.method} ${path} (${record.place})`;
  const guards = around.map(({ needs }) => needs ?? {});
  const graph = buildGraph(where, guards, options.needs ?? {}, replacements);
  checkPathNames(where, path, graph);
  checkBodyMethod(where, record.method, graph);
  checkBodySchemas(where, graph);
  return {
    method: record.method,
    path,
    options,
    tags: [...new Set([...around.flatMap(({ tags }) => tags ?? []), ...(options.tags ?? [])])],
    deprecated: options.deprecated ?? around.some(({ deprecated }) => deprecated === true),
    documented: options.documented ?? around.every(({ documented }) => documented !== false),
    raises: [...new Set([...around.flatMap(({ raises }) => raises ?? []), ...(options.raises ?? [])])],
    handler: record.handler,
    graph,
    where,
    place: record.place,
  };
}

/** Refuses schemas that no JSON could ever match, such as `z.date()` in a body. */
function checkBodySchemas(where: string, graph: Graph): void {
  for (const node of graph.nodes) {
    const schema = isInput(node) && node.definition.source === "body" ? node.definition.schema : undefined;
    if (schema !== undefined) assertJsonReadable(schema, chainText(where, node.chain));
  }
}

function collect(record: RouterRecord, around: readonly RouterOptions[], replacements: Replacements): Route[] {
  const inside = [...around, record.options];
  return record.entries.flatMap((entry) =>
    isRouter(entry)
      ? collect(entry.router, [...inside, entry.options], replacements)
      : [flattenRoute(entry, inside, replacements)],
  );
}

function checkDuplicates(routes: readonly Route[]): void {
  const known = new Map<string, Route>();
  for (const route of routes) {
    // Parameter names do not tell two templates apart: both would match the same request.
    const key = `${route.method} ${route.path.replace(/:\w+/g, ":")}`;
    const first = known.get(key);
    if (first !== undefined) {
      throw new KilnError("KILN_ROUTE_DUPLICATE", {
        where: route.where,
        what: `${route.method} ${route.path}`,
        why: `matches the same requests as ${first.where}, so one of them would never be called`,
        fix: "Remove one, or give them different paths",
      });
    }
    known.set(key, route);
  }
}

/**
 * Every route of a router and of those inside it, checked.
 *
 * @param root the app's own record
 * @param replacements what stands in for which provider, in tests
 * @returns the routes in declared order
 * @throws KilnError KILN_ROUTE_DUPLICATE, KILN_PATH_NAME and what `buildGraph` throws
 */
export function flatten(root: RouterRecord, replacements: Replacements = new Map()): readonly Route[] {
  const routes = collect(root, [], replacements);
  checkDuplicates(routes);
  return routes;
}
