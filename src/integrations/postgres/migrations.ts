import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "pg";
import { KilnError, log } from "../../index.ts";
import { withClient, withLock } from "./admin.ts";

/** One file of a folder of migrations. */
export interface Migration {
  readonly number: number;
  readonly file: string;
  readonly sql: string;
  /** SHA-256 of its text; line ends do not count, for git may change them. */
  readonly checksum: string;
}

interface Applied {
  readonly number: number;
  readonly file: string;
  readonly checksum: string;
}

/** One number for every app that migrates the same database; any would do. */
const lockKey = 7_113_200_942_016n;
const pattern = /^(\d+)[-_].*\.sql$|^(\d+)\.sql$/;

function refuse(what: string, why: string, fix: string, cause?: unknown): KilnError {
  return new KilnError("KILN_POSTGRES_MIGRATION", { where: "postgres({ migrations })", what, why, fix, cause });
}

/**
 * Reads a folder of migrations, in their order.
 *
 * @throws KilnError KILN_POSTGRES_MIGRATION when a name has no number, or two have the same one
 */
export async function readMigrations(folder: URL | string): Promise<readonly Migration[]> {
  const path = folder instanceof URL || folder.startsWith("file:") ? fileURLToPath(folder) : folder;
  const names = await readdir(path).catch((cause: unknown) => {
    throw refuse(path, "is no folder that can be read", "Name the folder of your .sql files", cause);
  });
  const files = names.filter((name) => name.endsWith(".sql"));
  const migrations = await Promise.all(files.map((file) => readMigration(path, file)));
  migrations.sort((a, b) => a.number - b.number);
  for (const [index, { number, file }] of migrations.entries()) {
    if (migrations[index - 1]?.number !== number) continue;
    throw refuse(file, `has the same number as ${migrations[index - 1]?.file}`, "Give the newer one the next number");
  }
  return migrations;
}

async function readMigration(folder: string, file: string): Promise<Migration> {
  const match = pattern.exec(file);
  if (match === null) throw refuse(file, "has no number, so its place is not known", "Name it like 001_users.sql");
  const sql = (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n");
  const checksum = createHash("sha256").update(sql).digest("hex");
  return { number: Number(match[1] ?? match[2]), file, sql, checksum };
}

/** What the content of a migrated, otherwise empty database follows from. */
export function migrationsKey(migrations: readonly Migration[]): string {
  return migrations.map(({ number, checksum }) => `${number}:${checksum}`).join("\n");
}

/**
 * Brings a database up to date: runs every file that has not run, each in a transaction of its own. Other processes that
 * come at the same moment wait, and then find nothing to do.
 *
 * @param patience milliseconds that the server may take to answer; by default for ever
 * @throws KilnError KILN_POSTGRES_MIGRATION when a file fails, or contradicts what has been applied
 */
export async function migrate(url: string, migrations: readonly Migration[], patience?: number): Promise<void> {
  await withClient(url, (client) => withLock(client, lockKey, () => applyPending(client, migrations)), patience);
}

async function applyPending(client: Client, migrations: readonly Migration[]): Promise<void> {
  await client.query(
    `create table if not exists kiln_migrations (
       number integer primary key,
       file text not null,
       checksum text not null,
       applied_at timestamptz not null default now()
     )`,
  );
  const { rows } = await client.query<Applied>("select number, file, checksum from kiln_migrations order by number");
  for (const migration of pending(migrations, rows)) await apply(client, migration);
}

/** The files still to run, after a check that those that have run are the same. */
function pending(migrations: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.number, migration]));
  const newest = migrations.at(-1)?.number ?? 0;
  for (const { number, file, checksum } of applied) {
    const ours = known.get(number);
    // A database that is newer than this code is what a rolling deployment looks like from its old side.
    if (ours === undefined && number > newest) continue;
    if (ours === undefined) {
      throw refuse(file, "has been applied to this database, and its file is gone", "Put the file back");
    }
    if (ours.checksum !== checksum) {
      throw refuse(
        ours.file,
        "was changed after it had been applied",
        "Restore it, and write the change as a new file",
      );
    }
  }
  const last = applied.at(-1)?.number ?? 0;
  const done = new Set(applied.map(({ number }) => number));
  const rest = migrations.filter(({ number }) => !done.has(number));
  for (const { number, file } of rest) {
    if (number < last) throw refuse(file, `comes before ${last}, which has been applied`, "Give it the next number");
  }
  return rest;
}

async function apply(client: Client, { number, file, sql, checksum }: Migration): Promise<void> {
  const started = performance.now();
  try {
    await client.query("begin");
    await client.query(sql);
    await client.query("insert into kiln_migrations (number, file, checksum) values ($1, $2, $3)", [
      number,
      file,
      checksum,
    ]);
    const { command } = await client.query("commit");
    if (command !== "COMMIT") throw new Error("the transaction was rolled back");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw failure(file, sql, error);
  }
  log.info({ file, duration_ms: Math.round(performance.now() - started) }, "migration_applied");
}

function failure(file: string, sql: string, error: unknown): KilnError {
  const reason = error instanceof Error ? error.message : String(error);
  const position = error instanceof Error && "position" in error ? Number(error.position) : Number.NaN;
  const line = Number.isNaN(position) ? "" : ` at line ${sql.slice(0, position).split("\n").length}`;
  return refuse(
    file,
    `failed${line}: ${reason}`,
    "Mend it; nothing of it was kept, and it runs again at the next start",
    error,
  );
}
