import type { Lifespan } from "../inject/lifespan.ts";
import { claimPool } from "../threads/pool/current-pool.ts";
import type { ThreadOptions } from "../threads/pool/options.ts";

/**
 * Opens resources within the pool of threads, which ends after them: their openers and clean-ups may use it.
 *
 * @param options see {@link ThreadOptions}
 * @param open opens them
 * @throws KilnError KILN_THREADS_OPTIONS, and what `open` throws
 */
export async function withThreads(
  options: ThreadOptions | undefined,
  open: () => Promise<Lifespan>,
): Promise<Lifespan> {
  const claim = claimPool(options);
  try {
    // Beside each other: neither needs the other, and both take their time.
    const [opened, prepared] = await Promise.allSettled([open(), claim.prepare()]);
    if (opened.status === "rejected") throw opened.reason;
    const lifespan = opened.value;
    if (prepared.status === "fulfilled") return { ...lifespan, close: () => lifespan.close().finally(claim.release) };
    await lifespan.close();
    throw prepared.reason;
  } catch (error) {
    await claim.release();
    throw error;
  }
}
