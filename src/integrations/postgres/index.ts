/** `kilnjs/postgres`: PostgreSQL with a pool, connections and transactions as providers. */

// What clients may be answered
export { DatabaseUnavailable, PoolExhausted } from "./errors.ts";
export type { PostgresOptions } from "./options.ts";
// The database
export { type Postgres, postgres } from "./postgres.ts";
export type { TransactionOptions } from "./transaction.ts";
// What handlers get
export type {
  ClientSource,
  PoolFigures,
  PostgresConnection,
  PostgresPool,
  PostgresTransaction,
  Queryable,
  QueryConfig,
  QueryResult,
  Row,
  Submittable,
  TakenClient,
} from "./types.ts";
