import { transactionError } from "./errors.ts";
import { Lent } from "./lent.ts";
import type { Session } from "./session.ts";

/** What a transaction may be told. */
export interface TransactionOptions {
  /** Default: that of the database, which is `read committed` unless it was changed. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  /** Refuses to write. */
  readonly readOnly?: boolean;
  /** With `serializable` and `readOnly`: waits for a moment in which it cannot fail. */
  readonly deferrable?: boolean;
}

/** The statement that begins such a transaction. */
export function beginStatement({ isolation, readOnly, deferrable }: TransactionOptions): string {
  const parts = ["begin"];
  if (isolation !== undefined) parts.push(`isolation level ${isolation}`);
  if (readOnly === true) parts.push("read only");
  if (deferrable === true) parts.push("deferrable");
  return parts.join(" ");
}

/**
 * One transaction on a session.
 *
 *   idle --first statement--> begun --commit--> done
 *                               \---rollback---> done
 *
 * It begins with its first statement, so a request that never asks the database costs it nothing.
 */
export class Transaction {
  readonly lent: Lent;
  readonly #session: Session;
  readonly #begin: string;
  #begun: Promise<unknown> | undefined;

  constructor(session: Session, begin: string) {
    session.enter();
    this.#session = session;
    this.#begin = begin;
    this.lent = new Lent(session, "transaction", () => (this.#begun ??= session.run(this.#begin)));
  }

  /** @throws KilnError KILN_POSTGRES_TRANSACTION when nothing was saved; what PostgreSQL refuses a commit with */
  async commit(): Promise<void> {
    this.#end();
    if (this.#begun === undefined) return;
    await this.#begun;
    if (this.#session.status === "I") throw endedByHand();
    try {
      const { command } = await this.#session.run("commit");
      // A transaction in which a statement failed answers COMMIT with ROLLBACK, and no error.
      if (command !== "COMMIT") throw nothingSaved();
    } catch (error) {
      await this.#abandon(error);
    }
  }

  /** Undoes everything, by closing the connection when it is not free to do so in order. */
  async rollback(): Promise<void> {
    this.#end();
    if (this.#begun === undefined) return;
    if (this.#session.busy) return this.#session.condemn();
    await this.#session.run("rollback").catch(() => this.#session.condemn());
  }

  async #abandon(error: unknown): Promise<never> {
    if (this.#session.busy || this.#session.status !== "I") this.#session.condemn();
    throw error;
  }

  #end(): void {
    this.lent.revoke();
    this.#session.leave();
  }
}

function endedByHand(): Error {
  return transactionError(
    "commit",
    "finds no transaction any more: a statement of the handler ended it",
    "Leave BEGIN, COMMIT and ROLLBACK to Kiln",
  );
}

function nothingSaved(): Error {
  return transactionError(
    "commit",
    "was answered with ROLLBACK: a statement had failed, the handler went on, and nothing of it was saved",
    "Let the error of a statement end the request, or put a savepoint before a statement that may fail",
  );
}
