import { existsSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";

/**
 * Keeps compiled code between runs: compiling the same packages again is most of what a developer's commands do, and a
 * third of the time until an app serves. It lies in the project, as the default of Node below the temporary folder is one
 * that other users can write to. Where the project cannot be written to, nothing is kept and nothing else changes.
 */
export function useCompileCache(): void {
  const folder = join(process.cwd(), "node_modules");
  if (existsSync(folder)) enableCompileCache(join(folder, ".cache", "kiln"));
}
