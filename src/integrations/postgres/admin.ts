import type { Client } from "pg";
import { loadPg } from "./load-pg.ts";

/**
 * One connection outside of any pool, for what is done to databases and not in them; closed in every case.
 *
 * @param patience milliseconds that the server may take to answer; by default for ever
 */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>, patience = 0): Promise<T> {
  const { Client } = await loadPg();
  const client = new Client({ connectionString: url, application_name: "kiln", connectionTimeoutMillis: patience });
  // A connection that breaks rejects the statement it was running; without a listener it would end the process too.
  client.on("error", () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/**
 * Runs `use` while no other process runs anything under the same key on the same database.
 *
 * @param key any number; the lock is PostgreSQL's own and ends with the connection
 */
export async function withLock<T>(client: Client, key: bigint, use: () => Promise<T>): Promise<T> {
  await client.query("select pg_advisory_lock($1::bigint)", [String(key)]);
  try {
    return await use();
  } finally {
    await client.query("select pg_advisory_unlock($1::bigint)", [String(key)]).catch(() => {});
  }
}

/** A text as an identifier of SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
