import { KilnError } from "../errors/kiln-error.ts";
import type { DocumentedRoute } from "./documented-route.ts";

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `/posts/:postId/cover-image` becomes `PostsByPostIdCoverImage`. */
function pathWords(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  if (segments.length === 0) return "Root";
  return segments
    .map((segment) => {
      const words = segment.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
      return (segment.startsWith(":") ? "By" : "") + words.map(capitalised).join("");
    })
    .join("");
}

function explicitIds(routes: readonly DocumentedRoute[]): Map<string, DocumentedRoute> {
  const ids = new Map<string, DocumentedRoute>();
  for (const route of routes) {
    const id = route.options.operationId;
    if (id === undefined) continue;
    const first = ids.get(id);
    if (first !== undefined) {
      throw new KilnError("KILN_OPENAPI_OPERATION_ID", {
        where: route.where,
        what: id,
        why: `is the operationId of ${first.where} as well, and clients generated from the document need one for each`,
        fix: "Give one of the routes another operationId, or leave it out",
      });
    }
    ids.set(id, route);
  }
  return ids;
}

/**
 * An id for every route: the one it names, else its method and path in words. A number tells apart paths that read
 * alike, such as `/a-b` and `/a_b`.
 *
 * @throws KilnError KILN_OPENAPI_OPERATION_ID when two routes name the same one
 */
export function operationIds(routes: readonly DocumentedRoute[]): ReadonlyMap<DocumentedRoute, string> {
  const taken = new Set(explicitIds(routes).keys());
  const ids = new Map<DocumentedRoute, string>();
  for (const route of routes) {
    const words = `${route.method.toLowerCase()}${pathWords(route.path)}`;
    let id = route.options.operationId ?? words;
    for (let copy = 2; route.options.operationId === undefined && taken.has(id); copy += 1) id = `${words}${copy}`;
    taken.add(id);
    ids.set(route, id);
  }
  return ids;
}
