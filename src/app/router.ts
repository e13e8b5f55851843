import type { HttpErrorClass } from "../contract/http-error.ts";
import type { Needs, Values } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { callerPlace } from "../errors/place.ts";
import type { CheckPaths, Result, Returns } from "./route-types.ts";

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
  route: RouteOptions<N, R> & CheckPaths<`${Prefix}${P}`, N>,
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
