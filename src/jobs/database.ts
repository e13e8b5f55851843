import { KilnError } from "../errors/kiln-error.ts";
import { requirePeer } from "../errors/peer.ts";

/** What a statement gave. */
export interface Result {
  // Rows are read by the statement that names their columns; each place says what it selects.
  readonly rows: readonly Record<string, unknown>[];
  readonly rowCount: number | null;
}

/** Whatever runs statements. */
export interface Statements {
  query(text: string, values?: readonly unknown[]): Promise<Result>;
}

/** A connection of its own, as `pg` has it. */
export interface DatabaseClient extends Statements {
  connect(): Promise<unknown>;
  on(event: "notification", listener: (message: { channel: string; payload?: string }) => void): unknown;
  on(event: "error" | "end", listener: (error?: Error) => void): unknown;
  end(): Promise<void>;
}

interface PooledClient extends Statements {
  release(destroy?: boolean): void;
}

interface Pool extends Statements {
  query(text: string, values?: readonly unknown[]): Promise<Result>;
  query(statement: { text: string; values?: readonly unknown[] | undefined; query_timeout: number }): Promise<Result>;
  connect(): Promise<PooledClient>;
  on(event: "error", listener: (error: Error) => void): unknown;
  end(): Promise<void>;
}

interface PgModule {
  readonly Pool: new (config: object) => Pool;
  readonly Client: new (config: object) => DatabaseClient;
}

/** The database that jobs are kept in. */
export interface JobDatabase extends Statements {
  /** The same for statements that take no time: what is not answered soon has failed, as its connection may have. */
  readonly prompt: Statements;
  /** Runs `work` in a transaction, which is rolled back when it throws. */
  transaction<T>(work: (on: Statements) => Promise<T>): Promise<T>;
  /** A connection of its own, not yet connected. */
  client(): DatabaseClient;
  /** What a connection is made from; may be sent to a thread. */
  readonly connection: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** How long a statement that takes no time, or a connection, is waited for, in milliseconds. */
const promptness = 30_000;
/** How long a connection may be silent before it is looked after whether it still leads anywhere, in milliseconds. */
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

const parts = ["connectionString", "host", "port", "user", "password", "database", "ssl"];

/** What of a pool's options says where the database is. */
function connectionOf(pool: unknown): Readonly<Record<string, unknown>> {
  const options = (pool as { readonly options?: Readonly<Record<string, unknown>> } | null)?.options;
  if (options === undefined) {
    throw new KilnError("KILN_JOBS_DATABASE", {
      where: "kiln({ jobs })",
      what: "database",
      why: "is no pool of pg, so no connection to its database can be made",
      fix: "Name what postgres() returned, and do not replace its pool in tests of jobs",
    });
  }
  return Object.fromEntries(parts.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

async function transaction<T>(pool: Pool, work: (on: Statements) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query("begin");
    const value = await work(client);
    await client.query("commit");
    broken = false;
    return value;
  } finally {
    // One that failed is closed: the server rolls back what it began.
    client.release(broken);
  }
}

/**
 * Opens connections of the jobs' own to the database of a pool. Were they taken from the app's pool, handlers that hold
 * its last connections and enqueue could wait for each other for ever.
 *
 * @param pool the app's pool, as `pg` has it
 * @param max the most connections that are open at once
 * @throws KilnError KILN_PEER_MISSING, KILN_JOBS_DATABASE
 */
export function openDatabase(pool: unknown, max: number): JobDatabase {
  // The package is what its name says; only these parts of it are used.
  const pg = requirePeer("pg", "kiln({ jobs })") as PgModule;
  const connection = { ...connectionOf(pool), application_name: "kiln jobs", ...keepAlive };
  const own = new pg.Pool({
    ...connection,
    max,
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: promptness,
    allowExitOnIdle: true,
  });
  // Every statement that fails tells its caller; a connection that is lost while idle is replaced.
  own.on("error", () => undefined);
  return {
    connection,
    query: (text, values) => own.query(text, values),
    prompt: { query: (text, values) => own.query({ text, values, query_timeout: promptness }) },
    transaction: (work) => transaction(own, work),
    client: () => new pg.Client(connection),
    close: () => own.end(),
  };
}
