import type { Client, ClientConfig, PoolClient } from "pg";

/** What of a pool a check uses. */
export interface Checked {
  /** Whether a connection can be had without waiting. */
  readonly hasRoom: () => boolean;
  readonly checkout: (signal: AbortSignal) => Promise<PoolClient>;
  /** Makes a client beside the pool. */
  readonly single: (config: ClientConfig) => Client;
  readonly config: ClientConfig;
}

/** Runs it on a client that is destroyed when the signal aborts: a server that is gone answers nothing at all. */
async function ask(client: Client | PoolClient, signal: AbortSignal, destroy: () => void): Promise<void> {
  signal.addEventListener("abort", destroy, { once: true });
  try {
    await client.query("select 1");
  } finally {
    signal.removeEventListener("abort", destroy);
  }
}

async function askFromPool({ checkout }: Checked, signal: AbortSignal): Promise<void> {
  const client = await checkout(signal);
  let broken = false;
  try {
    await ask(client, signal, () => {
      broken = true;
      client.release(true);
    });
  } finally {
    if (!broken) client.release();
  }
}

async function askBeside({ single, config }: Checked, signal: AbortSignal): Promise<void> {
  const client = single(config);
  // Without a listener, a server that ends the connection would end this process.
  client.on("error", () => {});
  const end = (): void => void client.end().catch(() => {});
  try {
    await client.connect();
    await ask(client, signal, end);
  } finally {
    end();
  }
}

/**
 * Whether the database answers. When every connection of the pool is taken, it is asked on one of its own: behind the
 * queue a check would say that the app is busy, and a load balancer that sends such an app no more requests sends them
 * to the others, which then are busy too.
 *
 * @param pool what is checked
 * @param signal ends it
 * @throws what `pg` throws, and the reason of the signal
 */
export async function checkDatabase(pool: Checked, signal: AbortSignal): Promise<void> {
  await (pool.hasRoom() ? askFromPool(pool, signal) : askBeside(pool, signal));
}
