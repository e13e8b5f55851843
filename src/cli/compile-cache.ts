import { existsSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";

/**
 * Keeps compiled code between runs, for commands of a developer: compiling the same packages again is most of what they
 * do. It lies in the project, as the default of Node below the temporary folder is one that other users can write to.
 */
export function useCompileCache(): void {
  const folder = join(process.cwd(), "node_modules");
  if (existsSync(folder)) enableCompileCache(join(folder, ".cache", "kiln"));
}
