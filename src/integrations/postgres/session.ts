import type { PoolClient } from "pg";
import { isBusy, isLost, isReady, settled } from "./client-state.ts";
import { released, transactionError } from "./errors.ts";
import type { KilnPool } from "./pool.ts";
import { atCaller, runOn } from "./run.ts";
import { changesSession, controlsTransaction } from "./session-state.ts";
import type { QueryConfig, QueryResult, Row, Submittable } from "./types.ts";

/**
 * One client of the pool, for one request. Its connection and its transaction both run on it, so a request never needs a
 * second slot while it holds one; otherwise as many requests as there are slots could wait for each other.
 */
export class Session {
  #client: PoolClient | undefined;
  #condemned = false;
  /** Statements that run or wait for their turn, and the latest of them. */
  #unfinished = 0;
  #latest: Promise<unknown> | undefined;
  #inTransaction = false;
  /** The pool it came from. */
  readonly pool: KilnPool;

  /** @param client taken from the pool; given back by {@link close} */
  constructor(pool: KilnPool, client: PoolClient) {
    this.pool = pool;
    this.#client = client;
  }

  /** Runs a statement after those before it: one connection can do one thing at a time. */
  run<R = Row>(query: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult<R>> {
    this.#unfinished += 1;
    const turn =
      this.#latest === undefined ? this.#send<R>(query, values) : this.#after<R>(this.#latest, query, values);
    // One that was refused is over already.
    if (this.#unfinished > 0) this.#latest = turn;
    return turn;
  }

  #after<R>(
    before: Promise<unknown>,
    query: string | QueryConfig,
    values: readonly unknown[] | undefined,
  ): Promise<QueryResult<R>> {
    const send = (): Promise<QueryResult<R>> => this.#send<R>(query, values);
    return before.then(send, send);
  }

  async #send<R>(query: string | QueryConfig, values: readonly unknown[] | undefined): Promise<QueryResult<R>> {
    try {
      const result = await runOn(this.#open("connection"), query, values);
      if (changesSession(typeof query === "string" ? query : query.text, result)) this.#condemned = true;
      // The rows are what the caller says that they are.
      return result as QueryResult<R>;
    } catch (error) {
      throw atCaller(error);
    } finally {
      this.#unfinished -= 1;
      if (this.#unfinished === 0) this.#latest = undefined;
    }
  }

  /** Runs a cursor or stream at once. */
  submit<S extends Submittable>(submittable: S): S {
    // The package of the submittable and pg agree on what `submit` is given; our type only says that there is one.
    return this.#open("connection").query(submittable as never) as S;
  }

  /** Refuses to begin or end a transaction by hand while Kiln has one open. */
  check(query: string | QueryConfig): void {
    if (!this.#inTransaction) return;
    const text = typeof query === "string" ? query : query.text;
    if (!controlsTransaction(text)) return;
    throw transactionError(
      text.trim().slice(0, 40),
      "would end or nest the transaction that Kiln opened for this request and commits itself",
      "Leave it out; throw an error to roll back, use a savepoint for a part that may fail, or need db.connection alone",
    );
  }

  /** Marks the begin of Kiln's transaction. @throws KilnError KILN_POSTGRES_TRANSACTION when there is one already */
  enter(): void {
    if (this.#inTransaction) {
      throw transactionError(
        "db.transactionWith()",
        "is needed in a request that already has a transaction, and both would run on its one connection",
        "Need the same transaction everywhere in one route",
      );
    }
    this.#inTransaction = true;
  }

  /** Marks its end. */
  leave(): void {
    this.#inTransaction = false;
  }

  /** What the server last said: `I` outside of a transaction, `T` in one, `E` in one that failed. */
  get status(): string | null {
    return this.#open("connection").getTransactionStatus();
  }

  /** Whether a statement is under way. */
  get busy(): boolean {
    return this.#client !== undefined && isBusy(this.#client);
  }

  /** Never lends this client again. */
  condemn(): void {
    this.#condemned = true;
  }

  /** Gives the client back to the pool, which closes it when it is not as it was; a promise only after an error. */
  close(): Promise<void> | undefined {
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    const release = (): void => client.release(this.#condemned || !isReady(client));
    // A moment, after an error only; else the next request would open another connection beside this one.
    const unsettled = !isBusy(client) && !isReady(client) && !isLost(client);
    if (unsettled && !this.#condemned) return settled(client).then(release);
    release();
  }

  #open(what: string): PoolClient {
    if (this.#client === undefined) throw released(what);
    return this.#client;
  }
}
