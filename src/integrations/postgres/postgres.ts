import {
  type AppNeeds,
  depends,
  type Provider,
  type ResourceOptions,
  resource,
  signal,
  type Values,
} from "../../index.ts";
import { DatabaseUnavailable, PoolExhausted } from "./errors.ts";
import { Lent } from "./lent.ts";
import { openPool } from "./open-pool.ts";
import type { PostgresOptions } from "./options.ts";
import type { KilnPool } from "./pool.ts";
import { Session } from "./session.ts";
import { beginStatement, Transaction, type TransactionOptions } from "./transaction.ts";
import type { PostgresConnection, PostgresPool, PostgresTransaction } from "./types.ts";

/** The providers of one database. */
export interface Postgres {
  /** The pool: opened when the app starts, closed when it ends. */
  readonly pool: Provider<PostgresPool, "app", never>;
  /** One connection for one request. */
  readonly connection: Provider<PostgresConnection, "request", never>;
  /** One transaction for one request: committed before the response is sent, rolled back when the request fails. */
  readonly transaction: Provider<PostgresTransaction, "request", never>;
  /** The same with an isolation level; equal options give the same provider. */
  transactionWith(options: TransactionOptions): Provider<PostgresTransaction, "request", never>;
}

const raises = [PoolExhausted, DatabaseUnavailable];

/** What Kiln sees of the pool: where jobs are kept, and what health and metrics ask. */
const seen: ResourceOptions<KilnPool> = {
  name: "postgres",
  role: "database",
  check: (pool, { signal }) => pool.check(signal),
  gauges: ({ figures: { total, idle, waiting } }) => ({
    connections_used: total - idle,
    connections_idle: idle,
    requests_waiting: waiting,
  }),
};

/**
 * A PostgreSQL database: a pool for the app, connections and transactions for its requests.
 *
 * Within one request, `connection` and `transaction` are the same connection, so a request never takes two.
 *
 * @param needs what the options are made from: settings, resources
 * @param options the options themselves, or a function of the needs that gives them
 * @returns providers, see {@link Postgres}
 *
 * @example
 * ```ts
 * import { path, router } from "kilnjs";
 * import { postgres } from "kilnjs/postgres";
 * import { z } from "zod";
 * const db = postgres({ url: "embedded:.data/postgres" });
 * router().get("/posts/:id", { needs: { id: path(z.int()), db: db.connection } }, async ({ id, db }) => {
 *   const { rows } = await db.query<{ title: string }>("select title from posts where id = $1", [id]);
 *   return rows[0]?.title ?? "no such post";
 * });
 * ```
 */
export function postgres(options: PostgresOptions): Postgres;
export function postgres<N extends AppNeeds>(needs: N, options: (values: Values<N>) => PostgresOptions): Postgres;
export function postgres(first: PostgresOptions | AppNeeds, optionsOf?: (values: never) => PostgresOptions): Postgres {
  const pool =
    optionsOf === undefined
      ? // Without a second argument the first is the options, as the overloads say.
        resource({}, () => openPool(first as PostgresOptions), seen)
      : resource(first as AppNeeds, (values) => openPool(optionsOf(values as never)), seen);
  return providersOf(pool);
}

function providersOf(pool: Provider<KilnPool, "app", never>): Postgres {
  const connection = depends({ pool, signal }, lendConnection, { name: "connection", raises });
  const transactions = new Map<string, Provider<PostgresTransaction, "request", never>>();
  const transactionWith = (options: TransactionOptions): Provider<PostgresTransaction, "request", never> => {
    const begin = beginStatement(options);
    const known = transactions.get(begin);
    if (known !== undefined) return known;
    const made = depends({ connection }, ({ connection }) => lendTransaction(connection, begin), {
      name: "transaction",
    });
    transactions.set(begin, made);
    return made;
  };
  return { pool, connection, transaction: transactionWith({}), transactionWith };
}

async function* lendConnection(values: {
  readonly pool: KilnPool;
  readonly signal: AbortSignal;
}): AsyncGenerator<PostgresConnection, void, void> {
  const { pool, signal } = values;
  const session = new Session(pool, await pool.checkout(signal));
  const lent = new Lent(session, "connection");
  try {
    yield lent;
  } finally {
    lent.revoke();
    const closing = session.close();
    if (closing !== undefined) await closing;
  }
}

async function* lendTransaction(
  connection: PostgresConnection,
  begin: string,
): AsyncGenerator<PostgresTransaction, void, void> {
  const session = Lent.session(connection);
  // A test that replaces the connection has taken the transaction on itself too.
  if (session === undefined) return void (yield connection);
  const transaction = new Transaction(session, begin);
  try {
    yield transaction.lent;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
  await transaction.commit();
}
