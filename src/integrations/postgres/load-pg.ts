import { createRequire } from "node:module";
import { KilnError } from "../../index.ts";
import type { PgModule } from "./pool.ts";

/**
 * Loads `pg` when a database is first opened, so that importing `kilnjs/postgres` costs nothing.
 *
 * @throws KilnError KILN_PEER_MISSING when it is not installed
 */
export async function loadPg(): Promise<PgModule> {
  try {
    createRequire(import.meta.url).resolve("pg");
  } catch (cause) {
    throw new KilnError("KILN_PEER_MISSING", {
      where: "postgres()",
      what: "pg",
      why: "is an optional package that kilnjs/postgres needs, and it is not installed",
      fix: "Install it with `npm install pg`",
      cause,
    });
  }
  return import("pg");
}
