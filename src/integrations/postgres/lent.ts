import { exhausted, released } from "./errors.ts";
import type { Session } from "./session.ts";
import { Slots } from "./slots.ts";
import type { PostgresConnection, QueryConfig, QueryResult, Submittable, TakenClient } from "./types.ts";

/**
 * What a handler gets: a view of the request's session that ends with the request. The client of `pg` itself is not
 * handed out, for a forgotten promise could then run on a connection that already serves someone else.
 */
export class Lent implements PostgresConnection {
  #session: Session | undefined;
  #turns: Slots | undefined;
  readonly #name: string;
  readonly #begin: (() => Promise<unknown> | undefined) | undefined;

  /**
   * @param session the client
   * @param name what errors call it
   * @param begin called before every statement; what it gives is awaited
   */
  constructor(session: Session, name: string, begin?: () => Promise<unknown> | undefined) {
    this.#session = session;
    this.#name = name;
    this.#begin = begin;
  }

  /** The session behind a lent object; undefined for anything else, such as a stand-in of a test. */
  static session(lent: unknown): Session | undefined {
    return typeof lent === "object" && lent !== null && #session in lent ? lent.#session : undefined;
  }

  query<R>(query: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult<R>>;
  query<S extends Submittable>(submittable: S): S;
  query(query: string | QueryConfig | Submittable, values?: readonly unknown[]): unknown {
    if (typeof query === "object" && "submit" in query) return this.#submit(query);
    try {
      const session = this.#open();
      session.check(query);
      const begun = this.#begin?.();
      if (begun === undefined) return session.run(query, values);
      return begun.then(() => this.#open().run(query, values));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #submit(submittable: Submittable): unknown {
    const session = this.#open();
    // Must answer at once, so it only queues behind the BEGIN; if that fails, the connection is lost anyway.
    this.#begin?.()?.catch(() => {});
    return session.submit(submittable);
  }

  /** Lends the one client to a query builder; a second taker waits for the first to release. */
  async connect(): Promise<TakenClient> {
    const { acquireTimeout } = this.#open().pool;
    this.#turns ??= new Slots(1, acquireTimeout, () =>
      exhausted(
        `The request's one connection was taken for ${acquireTimeout} ms, probably by its own open transaction`,
      ),
    );
    const turns = this.#turns;
    await turns.take();
    return new Taken(this, () => turns.give());
  }

  async end(): Promise<void> {
    // Kiln ends it, not a query builder that is done with it.
  }

  get options(): object {
    return this.#open().pool.options;
  }

  /** From now on every use is an error, also for who waits for the client to be released. */
  revoke(): void {
    this.#session = undefined;
    this.#turns?.close(() => released(this.#name));
  }

  #open(): Session {
    if (this.#session === undefined) throw released(this.#name);
    return this.#session;
  }
}

class Taken implements TakenClient {
  readonly #lent: Lent;
  #give: (() => void) | undefined;

  constructor(lent: Lent, give: () => void) {
    this.#lent = lent;
    this.#give = give;
  }

  query<R>(query: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult<R>>;
  query<S extends Submittable>(submittable: S): S;
  query(query: string | QueryConfig | Submittable, values?: readonly unknown[]): unknown {
    // One of the two overloads fits; which one, `Lent.query` finds out.
    return this.#lent.query(query as string, values);
  }

  release(): void {
    this.#give?.();
    this.#give = undefined;
  }
}
