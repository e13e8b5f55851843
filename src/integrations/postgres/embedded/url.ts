import { KilnError } from "../../../index.ts";

/** What an `embedded:` URL says. */
export interface EmbeddedTarget {
  /** As written: relative to the working directory, or absolute. */
  readonly folder: string;
  readonly database: string;
  readonly allowInProduction: boolean;
}

const where = 'postgres({ url: "embedded:..." })';
const scheme = "embedded:";

function refuse(what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_POSTGRES_URL", { where, what, why, fix });
}

/** Tells an embedded URL from others. */
export function isEmbedded(url: string): boolean {
  return url.startsWith(scheme);
}

/**
 * Reads `embedded:<folder>?database=<name>&allowInProduction=true`.
 *
 * @throws KilnError KILN_POSTGRES_URL when something in it is not understood
 */
export function parseEmbedded(url: string): EmbeddedTarget {
  const [folder = "", search = ""] = url.slice(scheme.length).split("?", 2);
  if (folder === "") throw refuse(url, "names no folder", "Write for example embedded:.data/postgres");
  const params = new URLSearchParams(search);
  for (const name of params.keys()) {
    if (name === "database" || name === "allowInProduction") continue;
    throw refuse(name, "is no parameter of an embedded: URL", "Use database or allowInProduction");
  }
  const database = params.get("database") ?? "app";
  // What PostgreSQL truncates would be another database than the one that was named.
  if (database === "" || Buffer.byteLength(database) > 63) {
    throw refuse(database, "is no name for a database", "Use 1 to 63 bytes");
  }
  return { folder, database, allowInProduction: params.get("allowInProduction") === "true" };
}

/** @throws KilnError KILN_POSTGRES_EMBEDDED_PRODUCTION outside development and tests, unless it is allowed by name */
export function refuseInProduction(url: string, allowed: boolean): void {
  const environment = process.env.NODE_ENV ?? "";
  if (allowed || environment === "" || environment === "development" || environment === "test") return;
  throw new KilnError("KILN_POSTGRES_EMBEDDED_PRODUCTION", {
    where,
    what: url,
    why: `is a database on this machine's own disk, without backups, and NODE_ENV is ${environment}`,
    fix: "Set a postgres:// URL, or allow it with `allowEmbeddedInProduction: true` or `?allowInProduction=true`",
  });
}
