import type { PoolClient } from "pg";
import type { QueryConfig, QueryResult } from "./types.ts";

type Callback = (error: Error | undefined, result: QueryResult) => void;
type Query = (query: string | QueryConfig, values: readonly unknown[] | undefined, done: Callback) => void;

/**
 * Runs a statement on a client. By callback: what `pg` does to give a promise keeps each request alive by the one before,
 * until the next large garbage collection.
 *
 * @throws what the server refuses it with; its stack leads to the caller, not to the socket that brought the answer
 */
export async function runOn(
  client: PoolClient,
  query: string | QueryConfig,
  values: readonly unknown[] | undefined,
): Promise<QueryResult> {
  try {
    return await new Promise((resolve, reject) => {
      // One of pg's overloads, which want arrays that may be changed, though it changes none.
      (client.query as Query).call(client, query, values, (error, result) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
  } catch (error) {
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  }
}
