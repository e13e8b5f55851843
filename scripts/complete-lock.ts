// Adds to package-lock.json the optional packages of other platforms that the registry in use did not have when the lock
// was written: `npm ci` refuses a lock without them, on every platform. What they are for stands in their names.
// npm runs it as the script `dependencies`, after every install that changed something; by hand:
// Run: node scripts/complete-lock.ts
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./pack.ts";

interface Locked {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface Lock {
  packages: Record<string, Locked>;
}

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];

/** `@biomejs/cli-linux-x64-musl` -> `linux`, `x64`, `musl`, in the order in which npm writes what it compares. */
function entryOf(name: string, version: string): Locked {
  const words = name.split(/[/-]/);
  const os = words.find((word) => systems.includes(word));
  if (os === undefined) throw new Error(`the name of ${name} does not say which system it is for`);
  const cpu = words[words.indexOf(os) + 1] ?? "";
  const libc = /musl/.test(name) ? "musl" : "glibc";
  return {
    version,
    cpu: [cpu],
    dev: true,
    ...(os === "linux" ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
  };
}

/** The optional packages that the lock speaks of but does not hold, as names with versions. */
export function missingFrom(lock: Lock): [name: string, version: string][] {
  return Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.entries(optionalDependencies))
    .filter(([name]) => lock.packages[`node_modules/${name}`] === undefined);
}

/** The lock of this repository. */
export function readLock(): Lock {
  return JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
}

function complete(lock: Lock): void {
  for (const [name, version] of missingFrom(lock)) {
    lock.packages[`node_modules/${name}`] = entryOf(name, version);
  }
  const [own, ...rest] = Object.entries(lock.packages);
  const sorted = rest.sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(own === undefined ? sorted : [own, ...sorted]);
}

if (import.meta.main) {
  const lock = readLock();
  const missing = missingFrom(lock).length;
  if (missing > 0) {
    complete(lock);
    writeFileSync(join(root, "package-lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
    process.stdout.write(`package-lock.json: ${missing} packages of other platforms added\n`);
  }
}
