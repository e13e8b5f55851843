import { ServerClosing } from "../../contract/abort.ts";
import { allDefinitions } from "./definition.ts";
import { type CheckedThreadOptions, checkedThreadOptions, type ThreadOptions } from "./options.ts";
import { Pool } from "./pool.ts";
import { loadPiscina } from "./threads.ts";

/** What an app holds as long as it runs. */
export interface PoolClaim {
  /** Loads what the first call would have to, if there may be one; starts the threads, where the options say so. */
  prepare(): Promise<void>;
  /** Ends the pool, unless another app uses it. */
  release(): Promise<void>;
}

interface Claim {
  /** Undefined for an app that says nothing of threads. */
  readonly options: CheckedThreadOptions | undefined;
}

// Several apps may run in one process, in tests above all; the latest that says how makes the one pool.
const claims = new Set<Claim>();
let current: Pool | undefined;

function wanted(): CheckedThreadOptions {
  return [...claims].findLast(({ options }) => options !== undefined)?.options ?? checkedThreadOptions();
}

function isSame(one: CheckedThreadOptions, other: CheckedThreadOptions): boolean {
  // The names are those of the one, which are all there are.
  return Object.entries(one).every(([name, value]) => other[name as keyof CheckedThreadOptions] === value);
}

/** The pool of the process, made when it is first needed. */
export function currentPool(): Pool {
  current ??= new Pool(wanted());
  return current;
}

/** The same, if there is one. */
export function openPool(): Pool | undefined {
  return current;
}

/** Has the next call make a pool, when the one that is there is not as it should be. */
function renew(): void {
  if (current === undefined || isSame(current.options, wanted())) return;
  void current.finish();
  current = undefined;
}

/**
 * Takes part in the pool of the process.
 *
 * @param options see {@link ThreadOptions}
 * @throws KilnError KILN_THREADS_OPTIONS
 */
export function claimPool(options: ThreadOptions | undefined): PoolClaim {
  const claim: Claim = { options: options === undefined ? undefined : checkedThreadOptions(options) };
  claims.add(claim);
  renew();
  return {
    prepare: async () => {
      const modules = new Set([...allDefinitions()].map(({ url }) => url));
      if (modules.size > 0) loadPiscina();
      if (claim.options?.warm === true) await currentPool().warm([...modules]);
    },
    release: async () => {
      if (!claims.delete(claim)) return;
      if (claims.size > 0) return renew();
      const last = current;
      current = undefined;
      await last?.close(new ServerClosing());
    },
  };
}
