import type { Secret } from "../../index.ts";

/** Which database, and how it is used. Durations are milliseconds. */
export interface PostgresOptions {
  /**
   * `postgres://user:password@host:5432/database`, or `embedded:.data/postgres` for a real server that Kiln starts in
   * that folder; `?database=name` names its database (default `app`), which is created when it is missing.
   */
  readonly url: string | Secret<string>;
  /** The most connections that are open at once. Default 10. */
  readonly max?: number;
  /** Connections that stay open when nobody needs them. Default 0. */
  readonly min?: number;
  /** How long a request waits for a connection before it is answered with 503. Default 5000. */
  readonly acquireTimeout?: number;
  /** How long one statement may run before PostgreSQL stops it; 0 sets no limit. Default 30000. */
  readonly statementTimeout?: number;
  /** How long an unused connection stays open. Default 30000. */
  readonly idleTimeout?: number;
  /** Connections older than this are replaced when they come back; 0 keeps them for ever. Default 0. */
  readonly maxLifetime?: number;
  /** Shown in `pg_stat_activity`. Default `kiln`. */
  readonly applicationName?: string;
  /** TLS: `true`, or the options of `tls.connect`. Default: what the URL says. */
  readonly ssl?: boolean | object;
  /** A folder of numbered `.sql` files, each run once, in order, before the app starts to serve. */
  readonly migrations?: URL | string;
  /** Without it an `embedded:` URL is refused outside development and tests. */
  readonly allowEmbeddedInProduction?: boolean;
}

/** The same with every default filled in. */
export interface PoolSettings {
  readonly max: number;
  readonly min: number;
  readonly acquireTimeout: number;
  readonly statementTimeout: number;
  readonly idleTimeout: number;
  readonly maxLifetime: number;
  readonly applicationName: string;
  readonly ssl: boolean | object | undefined;
}

/** Fills in the defaults. */
export function poolSettings(options: PostgresOptions): PoolSettings {
  return {
    max: options.max ?? 10,
    min: options.min ?? 0,
    acquireTimeout: options.acquireTimeout ?? 5_000,
    statementTimeout: options.statementTimeout ?? 30_000,
    idleTimeout: options.idleTimeout ?? 30_000,
    maxLifetime: options.maxLifetime ?? 0,
    applicationName: options.applicationName ?? "kiln",
    ssl: options.ssl,
  };
}

/** Reads the text of a URL that may be a secret. */
export function urlText(url: string | Secret<string>): string {
  return typeof url === "string" ? url : url.reveal();
}
