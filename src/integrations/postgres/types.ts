/** One row, as `pg` gives it, where no other type is named. */
export type Row = Record<string, unknown>;

/** What a statement gave. */
export interface QueryResult<R = Row> {
  /** The kind of statement, for example `SELECT`. */
  readonly command: string;
  /** How many rows it gave or changed, where the statement has such a number. */
  readonly rowCount: number | null;
  readonly rows: R[];
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** A statement with what `pg` may be told about it. */
export interface QueryConfig {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Prepares the statement under this name, once per connection. */
  readonly name?: string;
  /** Rows as arrays of values. */
  readonly rowMode?: "array";
}

/** A query object of a package such as `pg-cursor` or `pg-query-stream`. */
export interface Submittable {
  submit(connection: never): unknown;
}

/** Whatever statements can be run on: the pool, a connection, a transaction. */
export interface Queryable {
  /**
   * Runs one statement; values stand for `$1`, `$2` and are never part of its text.
   *
   * @throws DatabaseError of `pg` with PostgreSQL's own `code`, `constraint`, `detail`
   */
  query<R = Row>(text: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult<R>>;
  /** Runs a cursor or a stream, and gives it back. */
  query<S extends Submittable>(submittable: S): S;
}

/** A client taken by `connect()`, until `release()`. */
export interface TakenClient extends Queryable {
  /** Gives it back; `true` closes it for good. */
  release(destroy?: boolean): void;
}

/**
 * What a query builder takes for a pool. The pool, a lent connection and a transaction all are one, so that
 * `new PostgresDialect({ pool: transaction })` of Kysely works on each of them.
 */
export interface ClientSource {
  /** A client of its own; on a connection or transaction: its one client, when nobody else has taken it. */
  connect(): Promise<TakenClient>;
  /** Ends the pool; does nothing on a connection or transaction, which Kiln ends. */
  end(): Promise<void>;
  /** The options of the pool. */
  readonly options: object;
}

/** How a pool is doing. A type and not an interface, so that a route may return it as it is. */
export type PoolFigures = {
  /** Connections that are open, idle ones included. */
  readonly total: number;
  /** Connections that nobody has taken. */
  readonly idle: number;
  /** Requests that wait for a connection. */
  readonly waiting: number;
};

/** The pool, for as long as the app runs. At run time it is a `Pool` of `pg`. */
export interface PostgresPool extends Queryable, ClientSource {
  /** How the pool is doing at this moment. */
  readonly figures: PoolFigures;
}

/** One connection, lent for one request. */
export interface PostgresConnection extends Queryable, ClientSource {}

/** One transaction, lent for one request: it begins with the first statement and is committed before the response is sent. */
export interface PostgresTransaction extends Queryable, ClientSource {}
