import { runsInThread, type ThreadFunction } from "../../contract/thread-function.ts";
import { currentActivity } from "../../logging/context.ts";
import type { Call } from "./call.ts";
import type { CloneableArguments, CloneableResult, Crossed } from "./cloneable.ts";
import { currentPool } from "./current-pool.ts";
import { type BlockingDefinition, define, type ModuleMeta } from "./definition.ts";
import type { AnyErrorClass } from "./error-return.ts";
import { loggerFor } from "./lines.ts";
import { takeMoved } from "./move.ts";
import { newFlag } from "./thread-signal.ts";
import { functionKey, refuseWhileImporting, threadState } from "./thread-state.ts";

/** What may be said of a `blocking()` function beside the function. */
export interface BlockingOptions {
  /**
   * Whether the function takes an `AbortSignal` after its arguments. It then ends by itself when the call is no longer
   * wanted, and its thread is left alone; `signal.aborted` tells also in code that never gives its thread back.
   */
  readonly signal?: boolean;
  /** Classes of your own that errors of the function keep; those of JavaScript and of `httpError` are known without. */
  readonly errors?: readonly AnyErrorClass[];
}

/** What may be said of one call. */
export interface BlockingCallOptions {
  /** Gives the call up when it aborts, beside the signal of the request or task that the call is made for. */
  readonly signal?: AbortSignal;
}

/** A function that runs in a thread. */
export interface Blocking<A extends readonly unknown[], R> extends ThreadFunction<A, Crossed<Awaited<R>>> {
  /** The same function, for a call of which more is to be said. */
  with(options: BlockingCallOptions): (...args: A) => Promise<Crossed<Awaited<R>>>;
}

/** The parameters before the signal. */
type BeforeSignal<P extends readonly unknown[]> = P extends readonly [...infer A, AbortSignal] ? A : never;

type AnyFunction = (...args: unknown[]) => unknown;

/** Stops a call when the signal aborts; gives what stops listening. */
function listen(signal: AbortSignal, stop: (reason: unknown) => void): () => void {
  const heard = (): void => stop(signal.reason);
  signal.addEventListener("abort", heard, { once: true });
  return () => signal.removeEventListener("abort", heard);
}

let lastId = 0;

function callInThread(
  definition: BlockingDefinition,
  args: readonly unknown[],
  { signal }: BlockingCallOptions,
  below: AnyFunction,
): Promise<unknown> {
  const activity = currentActivity();
  const outer = activity?.signal;
  const aborted = signal?.aborted === true ? signal : outer;
  if (aborted?.aborted === true) {
    definition.figures.stopped += 1;
    return Promise.reject(aborted.reason);
  }
  const origin = {};
  Error.captureStackTrace(origin, below);
  return new Promise((resolve, reject) => {
    const pool = currentPool();
    const call: Call = {
      id: ++lastId,
      definition,
      args,
      moved: takeMoved(args),
      cleaningUp: activity?.cleaningUp === true,
      owned: activity !== undefined,
      log: loggerFor(activity?.log),
      origin,
      resolve,
      reject,
      madeAt: performance.now(),
      thread: undefined,
      flag: definition.takesSignal ? newFlag() : undefined,
      stopped: undefined,
      release: undefined,
      lines: 0,
      onLine: undefined,
    };
    if (outer !== undefined || signal !== undefined) {
      const undo = [outer, signal].map((each) => each && listen(each, (reason) => pool.stop(call, reason)));
      call.release = () => {
        for (const each of undo) each?.();
      };
    }
    pool.submit(call);
  });
}

async function settled(fn: AnyFunction, args: readonly unknown[]): Promise<unknown> {
  return fn(...args);
}

function callInPlace(
  { name, takesSignal }: BlockingDefinition,
  fn: AnyFunction,
  args: readonly unknown[],
  { signal }: BlockingCallOptions,
): Promise<unknown> {
  refuseWhileImporting(`${name}()`);
  const given = signal ?? currentActivity()?.signal ?? new AbortController().signal;
  return settled(fn, takesSignal ? [...args, given] : args);
}

/**
 * Makes a function of a module one that runs in a thread, so that what it computes does not hold up the event loop. It can
 * be called, and can be a handler, a dependency, the opener of a resource, a background task or a job.
 *
 * The thread imports the module and finds the function by its name; nothing else of the program is there. Arguments and
 * result are copied as `structuredClone()` does, or moved where {@link move} says so. A call is given up when the request
 * or task that it is made for is: its place in the queue, or else its thread, which a new one replaces.
 *
 * @param meta `import.meta` of the module
 * @param fn a function with a name, defined at the top level of the module; it may be async
 * @param options see {@link BlockingOptions}
 * @returns a function of the same arguments and the promise of the result
 * @throws KilnError KILN_BLOCKING_FUNCTION when a thread could not find the function. A call rejects with what the function
 * throws; with ThreadsBusy when too many wait; with the reason of an aborted signal; with KilnError KILN_BLOCKING_VALUE,
 * KILN_BLOCKING_IMPORT, KILN_BLOCKING_NOT_FOUND or KILN_BLOCKING_CRASHED
 *
 * @example
 * ```ts
 * import { blocking, path, router } from "kilnjs";
 * import { z } from "zod";
 * export const isPrime = blocking(import.meta, function isPrime(n: number): boolean {
 *   for (let i = 2; i * i <= n; i++) if (n % i === 0) return false;
 *   return n > 1;
 * });
 * export const primes = router({ prefix: "/primes" });
 * primes.get("/:n", { needs: { n: path(z.int()) }, returns: z.boolean() }, ({ n }) => isPrime(n));
 * ```
 */
export function blocking<A extends unknown[], R>(
  meta: ModuleMeta,
  fn: ((...args: A) => R) & ((...args: CloneableArguments<A>) => CloneableResult<NoInfer<R>>),
  options?: BlockingOptions & { readonly signal?: false },
): Blocking<A, R>;
export function blocking<P extends readonly [...unknown[], AbortSignal], R>(
  meta: ModuleMeta,
  fn: ((...args: P) => R) &
    ((...args: [...CloneableArguments<BeforeSignal<P>>, AbortSignal]) => CloneableResult<NoInfer<R>>),
  options: BlockingOptions & { readonly signal: true },
): Blocking<BeforeSignal<P>, R>;
export function blocking(
  meta: ModuleMeta,
  fn: AnyFunction,
  options: BlockingOptions = {},
): Blocking<unknown[], unknown> {
  const takesSignal = options.signal === true;
  const definition = define(meta, fn, { takesSignal, errors: options.errors ?? [] }, blocking);
  threadState()?.functions.set(functionKey(definition.url, definition.name), { fn, takesSignal });
  const made = (callOptions: BlockingCallOptions): AnyFunction => {
    const called = (...args: unknown[]): Promise<unknown> =>
      threadState() === undefined
        ? callInThread(definition, args, callOptions, called)
        : callInPlace(definition, fn, args, callOptions);
    // Logs, errors and background tasks name a function by it.
    return Object.defineProperty(called, "name", { value: definition.name });
  };
  // The functions do at run time what the interface says.
  return Object.assign(made({}), { with: made, [runsInThread]: true }) as Blocking<unknown[], unknown>;
}
