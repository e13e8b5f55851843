/** One statement that is sent to a database. */
export interface DatabaseCall {
  /** OpenTelemetry's name for the kind of database, for example `postgresql`. */
  readonly system: string;
  /** For example `SELECT`; it heads the name of the span. */
  readonly operation: string;
  /** The statement without the values in it. */
  readonly text?: string;
  /** The name of the database. */
  readonly namespace?: string;
  readonly address?: string;
  readonly port?: number;
}

/** Runs a statement and makes a span of it, when it runs for something that is traced. */
export type DatabaseTracer = <T>(call: DatabaseCall, run: () => Promise<T>) => Promise<T>;

const tracers: DatabaseTracer[] = [];

/**
 * What makes spans of statements, for whoever writes the client of a database. `postgres()` uses it too.
 *
 * @returns undefined where statements are not traced; asked once, when a connection or a pool opens, it costs nothing there
 *
 * @example
 * ```ts
 * import { databaseTracer, resource } from "kilnjs";
 * import { DatabaseSync } from "node:sqlite";
 * export const db = resource({}, async function* () {
 *   const trace = databaseTracer();
 *   const sqlite = new DatabaseSync("app.sqlite");
 *   const all = async (text: string, ...values: string[]) => sqlite.prepare(text).all(...values);
 *   yield {
 *     all: trace === undefined ? all : (text: string, ...values: string[]) =>
 *       trace({ system: "sqlite", operation: text.split(" ", 1)[0] ?? "", text }, () => all(text, ...values)),
 *   };
 *   sqlite.close();
 * });
 * ```
 */
export function databaseTracer(): DatabaseTracer | undefined {
  return tracers.at(-1);
}

/** Has {@link databaseTracer} give this one. @returns undoes it */
export function addDatabaseTracer(tracer: DatabaseTracer): () => void {
  tracers.push(tracer);
  return () => {
    tracers.splice(tracers.lastIndexOf(tracer), 1);
  };
}
