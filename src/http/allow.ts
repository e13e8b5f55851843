import type { ServerResponse } from "node:http";
import findMyWay, { type HTTPMethod } from "find-my-way";

/** Tells which methods a path takes, for `Allow`. */
export interface AllowTable {
  add(method: string, path: string): void;
  /** The methods of a path as it was requested, sorted; empty when no route matches it with any method. */
  methodsOf(path: string): readonly string[];
}

/**
 * Makes the table behind 405 and OPTIONS. It is the same router that Fastify uses, since only the same rules of
 * precedence give the same answers; it is asked only when no route was found.
 */
export function createAllowTable(): AllowTable {
  const router = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 2048 });
  const methods = new Set<HTTPMethod>();
  const nothing = (_request: unknown, _response: ServerResponse): void => undefined;
  return {
    add: (method, path) => {
      // Fastify has checked that it is a method it knows.
      const known = method as HTTPMethod;
      methods.add(known);
      if (router.findRoute(known, path) === null) router.on(known, path, nothing);
    },
    // OPTIONS is no method of a path's own: a CORS plugin takes it everywhere, where else nothing is.
    methodsOf: (path) =>
      [...methods].filter((method) => method !== "OPTIONS" && router.find(method, path) !== null).sort(),
  };
}
