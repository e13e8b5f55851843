import type { CustomTypesConfig } from "pg";
import type { PgModule } from "./pool.ts";

const dateOid = 1082;

/** A calendar date as midnight UTC; what has no such form, such as `infinity`, stays text. */
function readDate(text: string): Date | string {
  const read = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return read === undefined || Number.isNaN(read.getTime()) ? text : read;
}

/**
 * How values of `date` columns are read: `pg` makes them midnight of the machine's own time zone, so that the day
 * changes with the machine; Kiln's `date()` field is midnight UTC. Everything else is read as `pg` does.
 */
export function typesOf({ types }: PgModule): CustomTypesConfig {
  return {
    getTypeParser: (oid: number, format?: "text" | "binary") =>
      // pg's declaration knows the named types only, not that any number may be asked for.
      oid === dateOid && format !== "binary" ? readDate : types.getTypeParser(oid as never, format as never),
  } as CustomTypesConfig;
}
