import { type HttpError, type HttpErrorClass, httpError, KilnError } from "../../index.ts";

/** No connection became free within `acquireTimeout`; the client gets it as a 503 with `Retry-After`. */
export const PoolExhausted: HttpErrorClass<503, "pool_exhausted"> = httpError(
  503,
  "pool_exhausted",
  "No database connection became free in time",
);

/** The database takes no connection; the client gets it as a 503 with `Retry-After`. */
export const DatabaseUnavailable: HttpErrorClass<503, "database_unavailable"> = httpError(
  503,
  "database_unavailable",
  "The database cannot be reached",
);

// A second is long enough for a short queue to drain and short enough that a client does not give up.
const retryAfter = { "retry-after": "1" };

export function exhausted(detail: string): HttpError {
  return new PoolExhausted(detail, { headers: retryAfter });
}

export function unavailable(cause: unknown): HttpError {
  return new DatabaseUnavailable(undefined, { headers: retryAfter, cause });
}

/** What a lent object throws once its request is over. */
export function released(what: string): KilnError {
  return new KilnError("KILN_POSTGRES_RELEASED", {
    where: `${what}.query()`,
    what,
    why: "was lent for one request, and that has ended; its connection may already serve another one",
    fix: "Await every query before the handler returns; work that goes on later needs the pool: `db.pool`",
  });
}

export function transactionError(what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_POSTGRES_TRANSACTION", { where: "db.transaction", what, why, fix });
}
