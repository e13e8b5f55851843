import type { AmbientDefinition, RequestHead } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { type Part, runCleanUp } from "../logging/context.ts";

/** What the plan of a route needs to know of one request; `http/` implements it. */
export interface RequestScope {
  /** Headers, cookies and query string as sent. */
  readonly head: RequestHead;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes of the body, once read; undefined when there were none. */
  readonly body: Uint8Array | undefined;
  readonly contentType: string | undefined;
  ambient(name: AmbientDefinition["name"]): unknown;
  /** Values by slot, filled as providers resolve. */
  readonly values: unknown[];
  /** Clean-ups that have been opened, oldest first. */
  readonly cleanups: CleanUp[];
  /** Set when the request was answered without waiting for its providers: nothing new may start. */
  ended: Failure | undefined;
  /** The function of the user's that was called last; the stall watch names it. */
  part?: Part | undefined;
}

/** Wraps a thrown value, so that `throw undefined` is told from no failure. */
export interface Failure {
  readonly error: unknown;
}

/** A generator that has yielded and waits to clean up. */
export interface CleanUp {
  readonly name: string;
  readonly until: "handled" | "sent";
  readonly generator: AnyGenerator;
}

/** Either kind of generator. */
export type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;

/** Tells what a (async) generator function returned from any other value. */
export function isGenerator(value: unknown): value is AnyGenerator {
  if (typeof value !== "object" || value === null) return false;
  const tag = (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return tag === "AsyncGenerator" || tag === "Generator";
}

/** The error for a generator that yields never or twice. */
export function generatorError(name: string, how: "never" | "again"): KilnError {
  return new KilnError("KILN_PROVIDER_GENERATOR", {
    where: "a provider's generator",
    what: name,
    why:
      how === "never"
        ? "ended without a yield, so it gave no value"
        : "yielded a second time, where only clean-up may follow",
    fix: "Yield exactly once: what precedes opens, what follows closes",
  });
}

type Step = IteratorResult<unknown, unknown>;

/** Has a generator go on after its `yield`. */
function finish({ generator, name }: CleanUp, failure: Failure | undefined): Step | Promise<Step> {
  return runCleanUp(name, () => (failure === undefined ? generator.next() : generator.throw(failure.error)));
}

/**
 * Runs clean-ups in reverse order. All of them run; each sees the failure so far as an exception at its `yield`.
 *
 * @param cleanups what to clean up, oldest first
 * @param failure what the request failed with, if it did
 * @param suppressed called with every further error, so that none is lost
 * @param translate whether a clean-up's own error may take the place of the failure it was shown
 * @returns the failure that the request ends with
 */
export async function cleanUp(
  cleanups: readonly CleanUp[],
  failure: Failure | undefined,
  suppressed: (error: unknown, name: string) => void,
  translate: (error: unknown, current: unknown) => boolean = () => false,
): Promise<Failure | undefined> {
  let current = failure;
  for (let i = cleanups.length - 1; i >= 0; i -= 1) {
    // The index is in range.
    const cleanup = cleanups[i] as CleanUp;
    try {
      const step = await finish(cleanup, current);
      if (step.done === true) continue;
      await runCleanUp(cleanup.name, () => cleanup.generator.return(undefined));
      throw generatorError(cleanup.name, "again");
    } catch (error) {
      if (current === undefined || translate(error, current.error)) current = { error };
      else if (error !== current.error) suppressed(error, cleanup.name);
    }
  }
  return current;
}
