import type { PoolClient } from "pg";
import type { QueryConfig, QueryResult } from "./types.ts";

type Callback = (error: Error | undefined, result: QueryResult) => void;
type Query = (query: string | QueryConfig, values: readonly unknown[] | undefined, done: Callback) => void;

/**
 * Runs a statement on a client. By callback: what `pg` does to give a promise keeps each request alive by the one before,
 * until the next large garbage collection.
 *
 * @throws what the server refuses it with; see {@link atCaller}
 */
export function runOn(
  client: PoolClient,
  query: string | QueryConfig,
  values: readonly unknown[] | undefined,
): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    // One of pg's overloads, which want arrays that may be changed, though it changes none.
    (client.query as Query).call(client, query, values, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

/** Has the stack of a statement's error lead to the caller that awaits it, not to the socket that brought the answer. */
export function atCaller(error: unknown): unknown {
  if (error instanceof Error) Error.captureStackTrace(error, atCaller);
  return error;
}
