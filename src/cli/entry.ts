import { access, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { KilnError } from "../errors/kiln-error.ts";

const usual = ["src/main.ts", "src/main.js"];

function entryError(what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_CLI_ENTRY", { where: "the kiln command", what, why, fix });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * What stands under "kiln" in package.json of a folder; an empty object when nothing does, or there is no such file.
 *
 * @param folder where to look; default: the working directory
 */
export async function packageSettings(folder: string = process.cwd()): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(folder, "package.json");
  if (!(await exists(path))) return {};
  const found: unknown = JSON.parse(await readFile(path, "utf8"));
  // Looked at piece by piece; anything may stand in a user's file.
  const settings = (found as { readonly kiln?: unknown } | null)?.kiln;
  return typeof settings === "object" && settings !== null ? { ...settings } : {};
}

/** The entry that package.json names, if any. */
async function fromPackage(folder: string): Promise<string | undefined> {
  const { app } = await packageSettings(folder);
  if (app === undefined) return undefined;
  if (typeof app === "string") return app;
  throw entryError("kiln.app", "in package.json is no text", 'Write "kiln": { "app": "src/main.ts" }');
}

/**
 * Finds the module that exports the app.
 *
 * @param argument the path from the command line
 * @param folder where to look; default: the working directory
 * @returns an absolute path of a file that exists
 * @throws KilnError KILN_CLI_ENTRY
 */
export async function findEntry(argument: string | undefined, folder: string = process.cwd()): Promise<string> {
  const named = argument ?? (await fromPackage(folder));
  if (named !== undefined) {
    const path = resolve(folder, named);
    if (await exists(path)) return path;
    const source = argument === undefined ? 'package.json "kiln": { "app" }' : "the command line";
    throw entryError(named, `is named by ${source} but there is no such file`, "Name the module that exports the app");
  }
  for (const candidate of usual) {
    const path = resolve(folder, candidate);
    if (await exists(path)) return path;
  }
  throw entryError(
    usual.join(", "),
    `is not in ${folder}, and neither the command line nor "kiln": { "app" } in package.json names another module`,
    "Run kiln in the folder of package.json, or name the module that exports the app: kiln dev src/app.ts",
  );
}

/** Loads the entry and gives what it exports by default, else under the name `app`. */
export async function importEntry(path: string): Promise<unknown> {
  // A module's exports are an object; what is in it is looked at below and by the caller.
  const exports = (await import(pathToFileURL(path).href)) as { readonly default?: unknown; readonly app?: unknown };
  const found = exports.default ?? exports.app;
  if (found !== undefined) return found;
  throw entryError(path, 'exports neither a default nor "app"', "Write: export default app");
}
