import { type App, type AppRecord, appRecord, isApp } from "../app/app.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { findEntry, importEntry } from "./entry.ts";

/**
 * Loads the app that a command is about.
 *
 * @param argument the entry from the command line
 * @throws KilnError KILN_CLI_ENTRY; whatever the user's modules throw
 */
export async function loadApp(argument: string | undefined): Promise<App> {
  const path = await findEntry(argument);
  const found = await importEntry(path);
  if (isApp(found)) return found;
  throw new KilnError("KILN_CLI_ENTRY", {
    where: "the kiln command",
    what: path,
    why: "exports something that is no app",
    fix: "Export what kiln() returned, as default or under the name app",
  });
}

/** The same, for commands that only look at it. */
export async function loadRecord(argument: string | undefined): Promise<AppRecord> {
  return (await loadApp(argument))[appRecord];
}
