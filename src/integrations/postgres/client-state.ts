import type { PoolClient } from "pg";

interface ClientInternals {
  readonly readyForQuery?: boolean;
  readonly _queryable?: boolean;
  readonly _ended?: boolean;
  _getActiveQuery?(): unknown;
}

// Undocumented members of pg's Client, there since version 8; without them a client counts as ready, and what the
// server says of the transaction still decides.
function internals(client: PoolClient): ClientInternals {
  return client as unknown as ClientInternals;
}

/** Tells whether a statement is under way: sent, and neither answered nor failed. */
export function isBusy(client: PoolClient): boolean {
  const active = internals(client)._getActiveQuery?.();
  return active !== null && active !== undefined;
}

/**
 * Tells whether the server waits for the next statement. A statement that failed is reported before that: PostgreSQL sends
 * the error at once, and that it is ready in a later packet.
 */
export function isReady(client: PoolClient): boolean {
  return internals(client).readyForQuery !== false;
}

/** Tells whether the connection itself is gone. */
export function isLost(client: PoolClient): boolean {
  const { _queryable, _ended } = internals(client);
  return _queryable === false || _ended === true;
}

/** Tells whether the connection is outside of any transaction. */
export function isOutsideTransaction(client: PoolClient): boolean {
  return client.getTransactionStatus() === "I";
}

/** How long PostgreSQL may take, after a statement's error, to say that it is ready. */
const settleTimeout = 1_000;

/** Resolves once the server is ready after an error, or once it is clear that it will not be. */
export function settled(client: PoolClient): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      client.off("drain", settle);
      client.off("end", settle);
      resolve();
    };
    const timer = setTimeout(settle, settleTimeout);
    client.once("drain", settle);
    client.once("end", settle);
  });
}
