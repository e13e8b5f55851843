import { depends, type HttpErrorClass } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool } from "kysely";
import type { Tables } from "./schema.ts";
import { settings } from "./settings.ts";

export const db = postgres({ settings }, ({ settings }) => ({
  url: settings.databaseUrl,
  max: 10,
  migrations: new URL("./migrations/", import.meta.url),
}));

/** What the queries take: Kysely on one connection, inside a transaction or not. */
export type Database = Kysely<Tables>;

/** Kysely on the pool, or on a connection or transaction that Kiln has lent: taking and giving back stay Kiln's. */
export function kyselyOn(pool: PostgresPool): Database {
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
