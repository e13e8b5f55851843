import type { PoolClient, PoolConfig } from "pg";
import { log } from "../../index.ts";
import { type ConnectionClass, cancelRunning } from "./cancel.ts";
import { isBusy, isLost, isOutsideTransaction, isReady, settled } from "./client-state.ts";
import { exhausted, unavailable } from "./errors.ts";
import type { PoolSettings } from "./options.ts";
import { Slots } from "./slots.ts";
import type { PostgresPool, QueryConfig, QueryResult, Submittable } from "./types.ts";

/** What of the `pg` package is used. */
export type PgModule = typeof import("pg");

/** The pool as the rest of this folder sees it. */
export interface KilnPool extends PostgresPool {
  readonly acquireTimeout: number;
  /** A client of its own, to be released; leaves the queue when the signal aborts. */
  checkout(signal?: AbortSignal): Promise<PoolClient>;
  /** Ends it; connections still in use after so many milliseconds are closed under their users. */
  close(patience: number): Promise<void>;
}

function poolConfig(url: string, settings: PoolSettings): PoolConfig {
  return {
    connectionString: url,
    max: settings.max,
    min: settings.min,
    connectionTimeoutMillis: settings.acquireTimeout,
    idleTimeoutMillis: settings.idleTimeout,
    maxLifetimeSeconds: settings.maxLifetime / 1000,
    application_name: settings.applicationName,
    keepAlive: true,
    allowExitOnIdle: true,
    ...(settings.statementTimeout > 0 ? { statement_timeout: settings.statementTimeout } : {}),
    // Passed on as it came; the option's type cannot name Node's without naming it in our declarations.
    ...(settings.ssl === undefined ? {} : { ssl: settings.ssl as PoolConfig["ssl"] }),
  } as PoolConfig;
}

/**
 * A pool of `pg` with a queue that can be left, and with a look at every connection that comes back: one with a statement
 * under way or in a transaction is closed, not lent again. Nothing is asked of the server for that.
 */
export function createPool({ Pool, Connection }: PgModule, url: string, settings: PoolSettings): KilnPool {
  const pool = new Pool(poolConfig(url, settings));
  const connectNow = pool.connect.bind(pool);
  const endNow = pool.end.bind(pool);
  const queryNow = pool.query.bind(pool);
  const lent = new Set<PoolClient>();
  const slots = new Slots(settings.max, settings.acquireTimeout, () =>
    exhausted(`All ${settings.max} connections were in use for ${settings.acquireTimeout} ms`),
  );
  // Without a listener, a server that restarts would end this process.
  pool.on("error", (error) => log.warn({ reason: error.message }, "postgres_connection_lost"));
  pool.on("connect", (client) => client.on("error", () => {}));

  const giveBack = (client: PoolClient, release: (destroy: boolean) => void, destroy: boolean): void => {
    if (!lent.delete(client)) return release(destroy);
    const finish = (broken: boolean): void => {
      release(broken);
      slots.give();
    };
    if (isBusy(client)) cancelRunning(client, Connection as ConnectionClass);
    if (destroy || isBusy(client) || isLost(client)) finish(true);
    else if (isReady(client)) finish(!isOutsideTransaction(client));
    else void settled(client).then(() => finish(!isReady(client) || !isOutsideTransaction(client)));
  };

  const checkout = async (signal?: AbortSignal): Promise<PoolClient> => {
    const turn = slots.take(signal);
    if (turn !== undefined) await turn;
    const client = await connectNow().catch((error: unknown) => {
      slots.give();
      throw unavailable(error);
    });
    lent.add(client);
    const release = client.release.bind(client);
    client.release = (destroy) => giveBack(client, release, Boolean(destroy));
    if (signal?.aborted !== true) return client;
    client.release();
    throw signal.reason;
  };

  const query = async (text: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult> => {
    const client = await checkout();
    try {
      // pg does not change the values; its types only do not say so.
      return await client.query(text as string, values as unknown[]);
    } finally {
      client.release();
    }
  };

  const close = async (patience: number): Promise<void> => {
    slots.close(() => unavailable(new Error("The pool is closing")));
    const ended = pool.ending ? Promise.resolve() : endNow();
    const timer = setTimeout(() => {
      if (lent.size > 0) log.warn({ connections: lent.size }, "postgres_connections_closed_in_use");
      for (const client of lent) client.release(true);
    }, patience);
    await ended;
    clearTimeout(timer);
  };

  Object.defineProperties(pool, {
    waitingCount: { get: () => slots.waiting },
    figures: {
      get: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: slots.waiting }),
    },
  });
  return Object.assign(pool, {
    acquireTimeout: settings.acquireTimeout,
    checkout,
    close,
    connect: (callback?: ConnectCallback) => (callback === undefined ? checkout() : callBack(checkout(), callback)),
    query: (first: string | QueryConfig | Submittable, ...rest: unknown[]) =>
      isPlain(first, rest)
        ? query(first, rest[0] as unknown[])
        : (queryNow as (...args: unknown[]) => unknown)(first, ...rest),
    // The pool of `pg` with the members that KilnPool adds; the overloads of both cannot be shown to agree.
  }) as unknown as KilnPool;
}

type ConnectCallback = (error: unknown, client?: PoolClient, release?: PoolClient["release"]) => void;

/** `pg` itself, and libraries made for it, still call `connect` with a callback. */
function callBack(taken: Promise<PoolClient>, callback: ConnectCallback): void {
  taken.then(
    (client) => callback(undefined, client, client.release),
    (error: unknown) => callback(error, undefined, () => {}),
  );
}

function isPlain(first: string | QueryConfig | Submittable, rest: readonly unknown[]): first is string | QueryConfig {
  return !(typeof first === "object" && "submit" in first) && !rest.some((each) => typeof each === "function");
}
