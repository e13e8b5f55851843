import type { HttpErrorClass } from "../contract/http-error.ts";
import { type AppNeeds, type Needs, type PathsOf, type Provider, provider, type Values } from "../contract/provider.ts";
import type { ThreadFunction } from "../contract/thread-function.ts";
import { callerPlace } from "../errors/place.ts";

/** What may be said of a `depends` beside its needs and its function. */
export interface DependsOptions {
  /** Its name in errors, logs and traces; by default the function's name. */
  readonly name?: string;
  /** The errors it throws on purpose; each becomes part of the OpenAPI document of every route that needs it. */
  readonly raises?: readonly HttpErrorClass[];
  /** `"sent"` delays what follows `yield` until the body has been sent. Default `"handled"`: before it is. */
  readonly until?: "handled" | "sent";
  /** Lets it run beside other concurrent ones that it does not need. Default false. */
  readonly concurrent?: boolean;
}

/** What it returns at its end is nobody's, but must not make it pass for a plain value. */
type GeneratorOf<T> = AsyncGenerator<T, unknown, void> | Generator<T, unknown, void>;

/**
 * A value made from other providers, at most once per request, however many need it. As a generator, what follows
 * `yield` is its clean-up: it runs after the handler, sees the request's error as an exception at the `yield`, and a
 * failure in it is a 500.
 *
 * @param needs the providers it is made from
 * @param resolve a function or (async) generator of their values
 * @param options see {@link DependsOptions}
 * @returns a provider with the lifetime of a request
 *
 * @example
 * ```ts
 * import { depends, httpError, query } from "kilnjs";
 * import { z } from "zod";
 * const TooFar = httpError(400, "too_far", "No page is that far");
 * export const offset = depends(
 *   { page: query(z.int().min(1).default(1)) },
 *   ({ page }) => {
 *     if (page > 1000) throw new TooFar();
 *     return (page - 1) * 20;
 *   },
 *   { raises: [TooFar] },
 * );
 * ```
 */
export function depends<N extends Needs, T>(
  needs: N,
  resolve: (values: Values<N>) => GeneratorOf<T>,
  options?: DependsOptions,
): Provider<T, "request", PathsOf<N>>;
export function depends<N extends Needs, T>(
  needs: N,
  resolve: (values: Values<N>) => T | Promise<T>,
  options?: DependsOptions,
): Provider<Awaited<T>, "request", PathsOf<N>>;
export function depends(
  needs: Needs,
  resolve: (values: never) => unknown,
  options: DependsOptions = {},
): Provider<unknown, "request", string> {
  return provider({
    kind: "depends",
    name: options.name ?? resolve.name,
    place: callerPlace(depends),
    needs,
    resolve,
    raises: options.raises ?? [],
    until: options.until ?? "handled",
    concurrent: options.concurrent ?? false,
  });
}

/** What may be said of a `resource` beside its needs and its function. */
export interface ResourceOptions<T = unknown> {
  /** Its name in errors, logs, health and metrics; by default the function's name. */
  readonly name?: string;
  /**
   * Whether it works, asked by `/health/ready`: it does unless this throws, or takes longer than `kiln({ health })` allows.
   * `signal` then aborts.
   */
  readonly check?: (value: T, scene: { readonly signal: AbortSignal }) => unknown;
  /** Its numbers at this moment, for the metrics: `{ connections_used: 3 }` is `kiln_resource_connections_used`. */
  readonly gauges?: (value: T) => Readonly<Record<string, number>>;
  /** `"database"` for a pool of `pg`: jobs are kept in the one that the app has. */
  readonly role?: "database";
}

/** A resource that is opened by one process of several. */
export interface OnceOptions<T> extends ResourceOptions<T> {
  /**
   * For work that one process does at the start, such as filling a cache that all share: of the workers of `kiln start`
   * only the first opens it, once for each start and each reload. In the others its value is `undefined`.
   */
  readonly once: true;
}

/**
 * Something that is opened once when the app starts and closed when it ends, also after a crash: what precedes `yield`
 * opens, what follows closes. Resources open in the order of their needs and close in reverse.
 *
 * @param needs resources and settings it is made from
 * @param open an (async) generator that yields the value once; or a `blocking()` function of the value, which leaves nothing
 * to close
 * @param options see {@link ResourceOptions}
 * @returns a provider with the lifetime of the app
 *
 * @example
 * ```ts
 * import { resource } from "kilnjs";
 * export const cache = resource({}, async function* cache() {
 *   const entries = new Map<string, string>();
 *   yield entries;
 *   entries.clear();
 * });
 * ```
 */
export function resource<N extends AppNeeds, T>(
  needs: N,
  open: (values: Values<N>) => GeneratorOf<T>,
  options: OnceOptions<T>,
): Provider<T | undefined, "app", never>;
export function resource<N extends AppNeeds, T>(
  needs: N,
  open: (values: Values<N>) => GeneratorOf<T>,
  options?: ResourceOptions<T>,
): Provider<T, "app", never>;
export function resource<N extends AppNeeds, T>(
  needs: N,
  open: ThreadFunction<readonly [values: Values<N>], T>,
  options?: ResourceOptions<T>,
): Provider<T, "app", never>;
export function resource<T>(
  needs: AppNeeds,
  open: (values: never) => unknown,
  options: Partial<OnceOptions<T>> = {},
): Provider<T, "app", never> {
  return provider({
    kind: "resource",
    name: options.name ?? open.name,
    place: callerPlace(resource),
    check: options.check,
    gauges: options.gauges,
    needs,
    open,
    role: options.role,
    once: options.once ?? false,
  });
}
