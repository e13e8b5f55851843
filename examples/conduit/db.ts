import { depends, type HttpErrorClass } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPoolClient } from "kysely";
import type { Tables } from "./schema.ts";
import { settings } from "./settings.ts";

export const db = postgres({ settings }, ({ settings }) => ({
  url: settings.databaseUrl,
  max: 10,
  migrations: new URL("./migrations/", import.meta.url),
}));

/** What the queries take: Kysely on one connection, inside a transaction or not. */
export type Database = Kysely<Tables>;

type Connection = Pick<PostgresPoolClient, "query">;

/** Kysely on a connection that Kiln has lent: taking and giving back are Kiln's, so there is nothing to release. */
export function kyselyOn(connection: Connection): Database {
  const lent: PostgresPoolClient = { query: connection.query.bind(connection), release() {} };
  const pool = { connect: async () => lent, end: async () => {}, options: {} };
  return new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
}

/** A connection for what reads, or writes once. */
export const database = depends({ connection: db.connection }, function database({ connection }): Database {
  return kyselyOn(connection);
});

/** A transaction for what writes more than once: committed before the response is sent. */
export const transaction = depends({ connection: db.transaction }, function transaction({ connection }): Database {
  return kyselyOn(connection);
});

/**
 * For the `catch` of a query: answers the breach of a constraint with the error that a client is meant to see, so that
 * the database decides alone, whatever other requests do meanwhile.
 */
export function refusing(errors: Readonly<Record<string, HttpErrorClass>>): (error: unknown) => never {
  return (error) => {
    const constraint = error instanceof Error && "constraint" in error ? String(error.constraint) : "";
    const Refusal = errors[constraint];
    throw Refusal === undefined ? error : new Refusal(undefined, { cause: error });
  };
}
