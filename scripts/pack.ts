import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));

/** Where scripts keep what they make: ignored by git, gone with `node_modules`. */
export const cache: string = join(root, "node_modules", ".cache", "kilnjs");

/** Runs a command with its output shown; throws when it fails, or takes so long that it hangs (npm can, when the net goes). */
export function run(command: string, args: readonly string[], cwd: string = root): void {
  execFileSync(command, args, { cwd, stdio: "inherit", timeout: 5 * 60_000 });
}

/** Packs the package as npm would publish it, which builds it first, and returns the path of the tarball. */
export function pack(): string {
  mkdirSync(cache, { recursive: true });
  run("npm", ["pack", "--silent", "--pack-destination", cache]);
  const { name, version }: { name: string; version: string } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  return join(cache, `${name}-${version}.tgz`);
}
