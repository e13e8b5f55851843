import type { Pool, PoolClient, PoolConfig } from "pg";
import { log } from "../../index.ts";
import { type ConnectionClass, stopRunning } from "./cancel.ts";
import { type Checked, checkDatabase } from "./check.ts";
import { isBusy, isLost, isOutsideTransaction, isReady, settled } from "./client-state.ts";
import { typesOf } from "./date-type.ts";
import { exhausted, unavailable } from "./errors.ts";
import type { PoolSettings } from "./options.ts";
import { atCaller, runOn } from "./run.ts";
import { Slots } from "./slots.ts";
import { traceQueries } from "./traced-queries.ts";
import type { PostgresPool, QueryConfig, QueryResult, Submittable } from "./types.ts";

/** What of the `pg` package is used. */
export type PgModule = typeof import("pg");

/** The pool as the rest of this folder sees it. */
export interface KilnPool extends PostgresPool {
  readonly acquireTimeout: number;
  /**
   * A client of its own, to be released.
   *
   * @param signal leaves the queue when it aborts
   * @throws PoolExhausted, DatabaseUnavailable, or the signal's reason
   */
  checkout(signal?: AbortSignal): Promise<PoolClient>;
  /** Whether the database answers. @throws why it does not */
  check(signal: AbortSignal): Promise<void>;
  /** Ends it; connections still in use after so many milliseconds are closed under their users. */
  close(patience: number): Promise<void>;
}

function poolConfig(pg: PgModule, url: string, settings: PoolSettings): PoolConfig {
  return {
    types: typesOf(pg),
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

/** Milliseconds after which a client that goes from hand to hand sees the pool again, which closes those that are too old. */
const handOnFor = 1_000;

/** A client of the pool, and what is known of it while it is lent. */
interface Loan {
  readonly client: PoolClient;
  lent: boolean;
  /** When it has to go back to the pool, even if someone waits, as `performance.now()` counts. */
  until: number;
  /** The pool's own way of taking it back. */
  release: (destroy: boolean) => void;
}

/**
 * Stands in front of a pool of `pg`: a queue that can be left, and a look at every connection that comes back. One with a
 * statement under way or in a transaction is closed, not lent again. Nothing is asked of the server for that. Where someone
 * waits, a connection that is as it was goes to the next one without a detour through the pool.
 */
class Lending {
  readonly slots: Slots<PoolClient>;
  readonly #loans = new Map<PoolClient, Loan>();
  readonly #connect: () => Promise<PoolClient>;
  readonly #end: () => Promise<void>;
  readonly #connectionClass: ConnectionClass;

  constructor(pool: Pool, connectionClass: ConnectionClass, { max, acquireTimeout }: PoolSettings) {
    // The pool's own methods, before they are replaced by these.
    this.#connect = pool.connect.bind(pool);
    this.#end = pool.end.bind(pool);
    this.#connectionClass = connectionClass;
    pool.on("remove", (client) => this.#loans.delete(client as PoolClient));
    this.slots = new Slots(max, acquireTimeout, () =>
      exhausted(`All ${max} connections were in use for ${acquireTimeout} ms`),
    );
  }

  async checkout(signal?: AbortSignal): Promise<PoolClient> {
    const turn = this.slots.take(signal);
    const handedOn = turn === undefined ? undefined : await turn;
    const client = handedOn ?? (await this.#takeFromPool());
    if (signal?.aborted !== true) return client;
    client.release();
    throw signal.reason;
  }

  async #takeFromPool(): Promise<PoolClient> {
    try {
      const client = await this.#connect();
      const loan: Loan = this.#loans.get(client) ?? { client, lent: false, until: 0, release: client.release };
      this.#loans.set(client, loan);
      loan.release = client.release;
      loan.until = performance.now() + handOnFor;
      return this.#lend(loan);
    } catch (error) {
      this.slots.give();
      throw unavailable(error);
    }
  }

  #lend(loan: Loan): PoolClient {
    const { client } = loan;
    let given = false;
    loan.lent = true;
    client.release = (destroy) => {
      if (given) throw new Error("Release called on a client that has already been released");
      given = true;
      loan.lent = false;
      this.#takeBack(loan, Boolean(destroy));
    };
    return client;
  }

  #takeBack(loan: Loan, destroy: boolean): void {
    const { client } = loan;
    if (isBusy(client) && !isLost(client)) stopRunning(client, this.#connectionClass, () => this.#pass(loan, true));
    else if (destroy || isLost(client)) this.#pass(loan, true);
    else if (isReady(client)) this.#pass(loan, !isOutsideTransaction(client));
    else void settled(client).then(() => this.#pass(loan, !isReady(client) || !isOutsideTransaction(client)));
  }

  #pass(loan: Loan, broken: boolean): void {
    if (!broken && this.slots.waiting > 0 && performance.now() < loan.until) return this.slots.give(this.#lend(loan));
    loan.release(broken);
    this.slots.give();
  }

  async query(text: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult> {
    const client = await this.checkout();
    try {
      return await runOn(client, text, values);
    } catch (error) {
      throw atCaller(error);
    } finally {
      client.release();
    }
  }

  /** Ends the pool, unless somebody has. */
  async close(ended: boolean, patience: number): Promise<void> {
    this.slots.close(() => unavailable(new Error("The pool is closing")));
    const timer = setTimeout(() => {
      const inUse = [...this.#loans.values()].filter(({ lent }) => lent);
      if (inUse.length > 0) log.warn({ connections: inUse.length }, "postgres_connections_closed_in_use");
      for (const { client } of inUse) client.release(true);
    }, patience);
    if (!ended) await this.#end();
    clearTimeout(timer);
  }
}

/** Makes a pool of `pg` that lends as {@link Lending} does. */
export function createPool(pg: PgModule, url: string, settings: PoolSettings): KilnPool {
  const { Pool, Connection } = pg;
  const pool = new Pool(poolConfig(pg, url, settings));
  const lending = new Lending(pool, Connection as ConnectionClass, settings);
  const queryNow = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  // Without a listener, a server that restarts would end this process.
  pool.on("error", (error) => log.warn({ reason: error.message }, "postgres_connection_lost"));
  pool.on("connect", (client) => client.on("error", () => {}));
  traceQueries(pool);
  const checked: Checked = {
    hasRoom: () => lending.slots.free > 0,
    checkout: (signal) => lending.checkout(signal),
    single: (config) => new pg.Client(config),
    config: {
      ...poolConfig(pg, url, settings),
      application_name: `${settings.applicationName} health`,
      // A socket that is being opened cannot be told to stop; this is how long it is there in vain.
      connectionTimeoutMillis: Math.min(settings.acquireTimeout, 2_000),
    },
  };
  Object.defineProperties(pool, {
    waitingCount: { get: () => lending.slots.waiting },
    figures: { get: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: lending.slots.waiting }) },
  });
  return Object.assign(pool, {
    acquireTimeout: settings.acquireTimeout,
    checkout: (signal?: AbortSignal) => lending.checkout(signal),
    check: (signal: AbortSignal) => checkDatabase(checked, signal),
    close: (patience: number) => lending.close(pool.ending, patience),
    connect: (callback?: ConnectCallback) =>
      callback === undefined ? lending.checkout() : callBack(lending.checkout(), callback),
    query: (first: string | QueryConfig | Submittable, ...rest: unknown[]) =>
      isPlain(first, rest) ? lending.query(first, rest[0] as unknown[]) : queryNow(first, ...rest),
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
