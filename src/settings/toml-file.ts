import type { TomlTable } from "smol-toml";
import { atLine, type Problem } from "./problem.ts";
import { loadToml } from "./toml.ts";
import { locateKeys } from "./toml-lines.ts";

/** What `settings.toml` says. */
export interface TomlFile {
  readonly table: TomlTable;
  /** The line of a key, or of the nearest key above it that stands on a line of its own. */
  readonly lineOf: (path: readonly string[]) => number | undefined;
}

/**
 * Reads a TOML file.
 *
 * @param text the file
 * @param name the file's name, for the problem
 * @returns the file, or what is wrong with it
 */
export function parseTomlFile(text: string, name: string): TomlFile | Problem {
  const { parse, TomlError } = loadToml();
  let table: TomlTable;
  try {
    table = parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // What follows the first line quotes the file, and may quote a secret.
    const reason = (error.message.split("\n")[0] ?? "").replace("Invalid TOML document: ", "");
    return { place: `${atLine(name, error.line)}, column ${error.column}`, message: `is not TOML (${reason})` };
  }
  const lines = locateKeys(text);
  return {
    table,
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(path.slice(0, length).join("."));
        if (line !== undefined) return line;
      }
      return undefined;
    },
  };
}
