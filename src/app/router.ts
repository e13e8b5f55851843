import type { HttpErrorClass } from "../contract/http-error.ts";
import type { Needs, Values } from "../contract/provider.ts";
import type { Returns } from "../contract/responses.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { callerPlace } from "../errors/place.ts";
import { checkBodyMethod } from "../inject/body-method.ts";
import { buildGraph } from "../inject/graph.ts";
import type { CheckPaths, Result } from "./route-types.ts";

/** The methods a route may have; HEAD and OPTIONS are answered by Kiln. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a route declares. */
export interface RouteOptions<N extends Needs, R extends Returns> {
  /** What the handler gets, by name. */
  readonly needs?: N;
  /** What it answers: a schema, or one per status; `null` for a status without body. Absent: any JSON, unchecked. */
  readonly returns?: R;
  /** The status of a success. Default 200, or 204 when nothing is returned. */
  readonly status?: number;
  /** Errors the handler itself throws on purpose, for the OpenAPI document. */
  readonly raises?: readonly HttpErrorClass[];
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  /** Default: method and path in words, such as `putPostsByPostId`. */
  readonly operationId?: string;
  /** Named examples of the response body, for the docs. */
  readonly examples?: Readonly<Record<string, unknown>>;
  /** False leaves the route out of the OpenAPI document. Default true. */
  readonly documented?: boolean;
  /** Deadline in milliseconds. Default: that of the app. */
  readonly timeout?: number;
  /** Largest body in bytes. Default: that of the app. */
  readonly bodyLimit?: number;
  /** False answers the route however loaded the process is, as health checks must be. Default true. */
  readonly shed?: boolean;
  /** False leaves the two lines of its requests out of the log; what its handler logs stays. Default true. */
  readonly accessLog?: boolean;
}

/** A route as declared, before prefixes of the routers around it. */
export interface RouteRecord {
  readonly method: Method;
  readonly path: string;
  readonly options: RouteOptions<Needs, Returns>;
  readonly handler: (values: never) => unknown;
  /** `posts.put("/:postId")`-like text with the place of the declaration. */
  readonly where: string;
  readonly place: string;
}

/** What a router holds; the app flattens it when serving starts. */
export interface RouterRecord {
  readonly options: RouterOptions;
  readonly entries: (RouteRecord | IncludedRouter)[];
  /** Set when serving starts: from then on nothing may be added. */
  closed: boolean;
}

/** A router inside another. */
export interface IncludedRouter {
  readonly router: RouterRecord;
  readonly options: RouterOptions;
}

/** What holds for every route of a router. */
export interface RouterOptions<Prefix extends string = string> {
  /** Put before every path, for example `/posts`; may hold parameters. */
  readonly prefix?: Prefix;
  readonly tags?: readonly string[];
  /** Guards: resolved for every route, their values are not handed to handlers. */
  readonly needs?: Needs;
  readonly raises?: readonly HttpErrorClass[];
  readonly deprecated?: boolean;
  readonly documented?: boolean;
}

/** The key under which a router keeps its record. */
export const routerRecord: unique symbol = Symbol.for("kilnjs.router");

/** Any router, whatever its prefix. */
export interface AnyRouter {
  readonly [routerRecord]: RouterRecord;
}

/** Declares a route: path, declaration, handler. */
export type Declare<Prefix extends string, Self> = <
  const P extends string,
  N extends Needs = Record<never, never>,
  R extends Returns = undefined,
>(
  path: P,
  // A prefix that is not known to the compiler may hold any parameter.
  route: RouteOptions<N, R> & CheckPaths<string extends Prefix ? string : `${Prefix}${P}`, N>,
  handler: (values: Values<N>) => Result<R> | Promise<Result<R>>,
) => Self;

/** Collects routes under a prefix; routers nest. */
export interface Router<Prefix extends string = ""> extends AnyRouter {
  readonly get: Declare<Prefix, this>;
  readonly post: Declare<Prefix, this>;
  readonly put: Declare<Prefix, this>;
  readonly patch: Declare<Prefix, this>;
  readonly delete: Declare<Prefix, this>;
  /** Adds every route of another router below this one; `options` hold for them only. */
  include(router: AnyRouter, options?: RouterOptions): this;
}

const template = /^(?:\/(?:[^/:*?()#{}\s]+|:[A-Za-z_]\w*)?)*$/;

/** @throws KilnError KILN_ROUTE_INVALID for a text that is no path template */
export function checkPath(call: string, text: string): void {
  if (template.test(text)) return;
  throw new KilnError("KILN_ROUTE_INVALID", {
    where: call,
    what: text,
    why: "is no path template: it starts with a slash, and each segment is plain text or one :name",
    fix: 'Write it like "/posts/:postId"; match anything else with a query() or in the handler',
  });
}

function holds(outer: RouterRecord, inner: RouterRecord): boolean {
  return outer === inner || outer.entries.some((entry) => "router" in entry && holds(entry.router, inner));
}

function includesItself(prefix: string): KilnError {
  return new KilnError("KILN_ROUTE_INVALID", {
    where: "include()",
    what: prefix === "" ? "the router" : `the router under ${prefix}`,
    why: "holds the router that would include it, so its routes would never end",
    fix: "Include each router in one that it does not hold itself",
  });
}

/** Refuses what comes too late. */
export function assertOpen(record: RouterRecord, call: string): void {
  if (!record.closed) return;
  throw new KilnError("KILN_REGISTRATION_CLOSED", {
    where: call,
    what: call,
    why: "came after serving had started, so some requests would see it and others not",
    fix: "Declare everything before the app starts, at the top level of its modules",
  });
}

/** Closes a router and those inside it. */
export function closeRegistration(record: RouterRecord): void {
  record.closed = true;
  for (const entry of record.entries) if ("router" in entry) closeRegistration(entry.router);
}

/** The members of a router over a record; the app uses them for itself as well. */
export function routerMembers<Self>(
  record: RouterRecord,
  self: () => Self,
): Record<Lowercase<Method>, Declare<string, Self>> & {
  include: (router: AnyRouter, options?: RouterOptions) => Self;
} {
  const verb = (method: Method): Declare<string, Self> => {
    const declare: Declare<string, Self> = (path, options, handler) => {
      const place = callerPlace(declare);
      const where = `${method} ${record.options.prefix ?? ""}${path} (${place})`;
      assertOpen(record, where);
      checkPath(where, path);
      // The record forgets the route's own types; the graph gives each handler exactly the needs it declared.
      const erased = options as RouteOptions<Needs, Returns>;
      // Checked here, where the stack still shows the user's line; once more with replacements when the app starts.
      checkBodyMethod(where, method, buildGraph(where, [], erased.needs ?? {}));
      record.entries.push({ method, path, options: erased, handler, where, place });
      return self();
    };
    return declare;
  };
  return {
    get: verb("GET"),
    post: verb("POST"),
    put: verb("PUT"),
    patch: verb("PATCH"),
    delete: verb("DELETE"),
    include: (router, options = {}) => {
      assertOpen(record, "include()");
      checkPath("include()", options.prefix ?? "");
      if (holds(router[routerRecord], record)) throw includesItself(options.prefix ?? "");
      record.entries.push({ router: router[routerRecord], options });
      return self();
    },
  };
}

/**
 * Makes a router: routes that share a prefix, tags and guards. Include it in the app or in another router.
 *
 * @param options what holds for every route of it
 * @returns a router; its methods declare routes and return it again
 * @throws KilnError KILN_ROUTE_INVALID for a prefix that is no path template; the methods also throw what the graph
 * check throws, such as KILN_PROVIDER_CYCLE
 *
 * @example
 * ```ts
 * import { kiln, path, router } from "kilnjs";
 * import { z } from "zod";
 * const posts = router({ prefix: "/posts", tags: ["posts"] });
 * posts.get("/:postId", { needs: { postId: path(z.int()) } }, ({ postId }) => ({ postId }));
 * export const app = kiln({ title: "Blog" }).include(posts);
 * ```
 */
export function router<const Prefix extends string = "">(options: RouterOptions<Prefix> = {}): Router<Prefix> {
  checkPath("router()", options.prefix ?? "");
  const record: RouterRecord = { options, entries: [], closed: false };
  const made: AnyRouter & ReturnType<typeof routerMembers<Router<Prefix>>> = {
    [routerRecord]: record,
    ...routerMembers(record, (): Router<Prefix> => self),
  };
  // The members check paths against any prefix at run time; the type narrows that to this one at compile time.
  const self = made as unknown as Router<Prefix>;
  return self;
}
