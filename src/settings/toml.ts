import { createRequire } from "node:module";
import type { TomlDate } from "smol-toml";

let loaded: typeof import("smol-toml") | undefined;

/** Loads the parser with the first file of TOML: most apps have none. */
export function loadToml(): typeof import("smol-toml") {
  // What `require` gives has the types of the package.
  loaded ??= createRequire(import.meta.url)("smol-toml") as typeof import("smol-toml");
  return loaded;
}

/** Whether a value is a date that the parser has read. */
export function isTomlDate(value: unknown): value is TomlDate {
  return loaded !== undefined && value instanceof loaded.TomlDate;
}
