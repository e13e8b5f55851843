import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** A text file of the repository; `path` is relative to its root. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The files that match a pattern such as `src/**\/*.ts`, in a stable order. */
export function files(...patterns: readonly string[]): TextFile[] {
  const paths = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }));
  return [...new Set(paths)].sort().map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

const importOf = /^\s*(?:import|export)\s[^"';]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

/** What a module imports, statically or not; relative ones as paths from the root, others as written. */
export function importsOf({ path, text }: TextFile): string[] {
  const code = text.replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, "");
  return [...code.matchAll(importOf)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? "";
    return name.startsWith(".") ? relative(root, join(root, dirname(path), name)) : name;
  });
}

/** The first folder below `src`, or the file itself when it lies at the top. */
export function areaOf(path: string): string {
  return path.split("/")[1] ?? "";
}
