import { createHash, randomBytes } from "node:crypto";
import type { Client } from "pg";
import { identifier, withClient, withLock } from "./admin.ts";

/** A server on which databases can be made: the embedded one, or any other. */
export interface DatabaseServer {
  /** The URL of one of its databases; without a name, of the one from which others are made. */
  url(database?: string): string;
}

/** A database that `prepareTemplate` has made; databases are copied from it. */
export interface Template {
  readonly database: string;
}

/** A copy of a template, or an empty database. */
export interface DatabaseCopy {
  readonly url: string;
  readonly database: string;
  /** Removes it, whoever is still connected. */
  drop(): Promise<void>;
}

/** One number for everything that makes or removes test databases; any would do. */
const lockKey = 7_113_200_942_017n;
const templatesKept = 5;
const testPrefix = "kiln_test_";
const templatePrefix = "kiln_template_";

function isDuplicate(error: unknown): boolean {
  // 42P04 duplicate_database; 23505 is what two that come at the very same moment get.
  return error instanceof Error && "code" in error && (error.code === "42P04" || error.code === "23505");
}

/** Creates a database, unless it exists. */
export async function createDatabase(
  server: DatabaseServer,
  name: string,
  options: { readonly template?: string } = {},
): Promise<void> {
  await withClient(server.url(), async (client) => {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
    if (rowCount === 0) await create(client, name, options.template).catch(ignoreDuplicate);
  });
}

function ignoreDuplicate(error: unknown): void {
  if (!isDuplicate(error)) throw error;
}

async function create(client: Client, name: string, template?: string): Promise<void> {
  const from = template === undefined ? "" : ` template ${identifier(template)}`;
  await client.query(`create database ${identifier(name)}${from}`);
}

/** Removes a database and ends the connections to it; nothing happens when it does not exist. */
export async function dropDatabase(server: DatabaseServer, name: string): Promise<void> {
  await withClient(server.url(), (client) => drop(client, name));
}

async function drop(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${identifier(name)} with (force)`);
}

/**
 * Makes a database to copy from, once for each key, however many processes ask at the same moment. One whose maker was
 * killed is made anew.
 *
 * @param key what its content follows from, for example a hash of the migrations
 * @param build fills the empty database
 */
export async function prepareTemplate(
  server: DatabaseServer,
  key: string,
  build: (url: string) => Promise<void>,
): Promise<Template> {
  const database = templatePrefix + createHash("sha256").update(key).digest("hex").slice(0, 24);
  await withClient(server.url(), async (client) => {
    if (await isFinished(client, database)) return;
    await withLock(client, lockKey, async () => {
      if (await isFinished(client, database)) return;
      await drop(client, database);
      await create(client, database);
      await build(server.url(database));
      // The mark comes last and is what `isFinished` looks for. Without connections, copying can never be refused.
      await client.query(`alter database ${identifier(database)} with is_template true allow_connections false`);
      await tidy(client, database);
    });
  });
  return { database };
}

async function isFinished(client: Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query("select from pg_database where datname = $1 and datistemplate", [database]);
  return rowCount === 1;
}

/** Removes templates that have been outnumbered, and databases of test processes that were killed. */
async function tidy(client: Client, keep: string): Promise<void> {
  const { rows } = await client.query<{ datname: string; used: boolean }>(
    `select datname, exists (select from pg_stat_activity a where a.datid = d.oid) as used
       from pg_database d where starts_with(datname, $1) or starts_with(datname, $2) order by oid desc`,
    [templatePrefix, testPrefix],
  );
  const templates = rows.filter(({ datname }) => datname.startsWith(templatePrefix) && datname !== keep);
  for (const { datname } of templates.slice(templatesKept - 1)) {
    await client.query(`alter database ${identifier(datname)} with is_template false`);
    await drop(client, datname);
  }
  for (const { datname, used } of rows) {
    if (!used && isForgotten(datname)) await drop(client, datname);
  }
}

const forgottenAfter = 3_600;

function isForgotten(name: string): boolean {
  if (!name.startsWith(testPrefix)) return false;
  const madeAt = Number.parseInt(name.slice(testPrefix.length), 36);
  return Date.now() / 1000 - madeAt > forgottenAfter;
}

/**
 * Makes a database of its own for one test app.
 *
 * @param template what to copy; without one it is empty
 */
export async function cloneDatabase(server: DatabaseServer, template?: Template): Promise<DatabaseCopy> {
  // The time comes first in the name: it is how a forgotten one is known.
  const made = Math.floor(Date.now() / 1000).toString(36);
  const database = `${testPrefix}${made}_${randomBytes(6).toString("hex")}`;
  await withClient(server.url(), (client) => create(client, database, template?.database));
  return { database, url: server.url(database), drop: () => dropDatabase(server, database) };
}
