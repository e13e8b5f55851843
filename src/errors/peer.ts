import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { KilnError } from "./kiln-error.ts";

function missing(name: string, where: string, cause: unknown): KilnError {
  return new KilnError("KILN_PEER_MISSING", {
    where,
    what: name,
    why: "is an optional package that this needs, and it is not installed",
    fix: `Install it with \`npm install ${name}\``,
    cause,
  });
}

function isNotFound(error: unknown, name: string): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  const absent = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
  // A peer that is there but lacks a package of its own is another fault, and its own message says so better.
  return absent && error.message.includes(`'${name}'`);
}

const require = createRequire(import.meta.url);

/**
 * Loads an optional package at its first use; the caller names the type that the package has.
 *
 * @param name the package, as npm knows it
 * @param where the call of the user that needs it
 * @returns what `require` gives
 * @throws KilnError KILN_PEER_MISSING when the package is not installed
 */
export function requirePeer(name: string, where: string): unknown {
  try {
    return require(name);
  } catch (error) {
    if (isNotFound(error, name)) throw missing(name, where, error);
    throw error;
  }
}

/**
 * The same, but the copy that `import` gives: of a package that comes in two copies, only that one has the classes and
 * the configuration that the user's own imports see.
 */
export function importPeerNow(name: string, where: string): unknown {
  try {
    return require(fileURLToPath(import.meta.resolve(name)));
  } catch (error) {
    if (isNotFound(error, name)) throw missing(name, where, error);
    throw error;
  }
}
