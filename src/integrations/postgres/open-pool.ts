import { HttpError, KilnError } from "../../index.ts";
import { loadPg } from "./load-pg.ts";
import { readMigrations } from "./migrations.ts";
import { type PostgresOptions, poolSettings, urlText } from "./options.ts";
import { createPool, type KilnPool } from "./pool.ts";
import { openTarget } from "./target.ts";

/** How long connections in use may hold up the end of the pool. */
const closePatience = 5_000;

/** Opens the database and its pool; what follows `yield` closes both. */
export async function* openPool(options: PostgresOptions): AsyncGenerator<KilnPool, void, void> {
  checkUrl(urlText(options.url));
  const pg = await loadPg();
  const migrations = options.migrations === undefined ? [] : await readMigrations(options.migrations);
  const target = await openTarget(options, migrations).catch((error: unknown) => {
    throw explain(error, options);
  });
  try {
    const pool = createPool(pg, target.url, poolSettings(options));
    try {
      await tryOut(pool, options);
      yield pool;
    } finally {
      await pool.close(closePatience);
    }
  } finally {
    await target.close();
  }
}

function checkUrl(url: string): void {
  if (/^(?:postgres|postgresql|embedded):/.test(url)) return;
  throw new KilnError("KILN_POSTGRES_URL", {
    where: "postgres({ url })",
    what: masked(url),
    why: "is no URL of a database that this knows",
    fix: "Write postgres://user:password@host:5432/database, or embedded:.data/postgres",
  });
}

/** A database that is not there is better found at the start than by the first client. */
async function tryOut(pool: KilnPool, options: PostgresOptions): Promise<void> {
  try {
    const client = await pool.checkout();
    client.release();
  } catch (error) {
    throw explain(error, options);
  }
}

function explain(error: unknown, options: PostgresOptions): unknown {
  if (error instanceof KilnError) return error;
  const cause = error instanceof HttpError ? error.cause : error;
  return new KilnError("KILN_POSTGRES_UNREACHABLE", {
    where: "postgres({ url })",
    what: masked(urlText(options.url)),
    why: `cannot be used: ${reasonOf(cause)}`,
    fix: "Start the database, or correct the URL",
    cause,
  });
}

function reasonOf(cause: unknown): string {
  // Node reports a host with several addresses as one error without a message of its own.
  if (cause instanceof AggregateError && cause.message === "") return cause.errors.map(reasonOf).join(", ");
  return cause instanceof Error ? cause.message : String(cause);
}

/** The URL without its password and without what may hold another one. */
function masked(url: string): string {
  if (!URL.canParse(url)) return `${url.split(":", 1)[0]}:***`;
  const shown = new URL(url);
  if (shown.password !== "") shown.password = "***";
  shown.search = "";
  return shown.href;
}
