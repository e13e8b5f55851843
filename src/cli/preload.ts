import { statSync } from "node:fs";
import { join } from "node:path";
import { ownFolder } from "../errors/own-files.ts";

/** Packages that change how others are loaded: with one of them, nothing may be loaded before the app's own code is. */
const hooking = /\/node_modules\/(?:@opentelemetry\/instrumentation|@sentry\/|dd-trace|newrelic|[^/]+-in-the-middle)/;

function isPackage(url: string): boolean {
  return url.startsWith(ownFolder) || url.includes("/node_modules/");
}

function isInner(url: string): boolean {
  return !url.startsWith(ownFolder) && url.includes("/node_modules/");
}

/** Modules of packages that the app and Kiln load, in their order, for a process that may load them before it is needed. */
export interface PackageRecord {
  /** Told of every import: from where, and what it leads to. */
  note(from: string | undefined, to: string): void;
  /** What can be loaded ahead. */
  readonly urls: readonly string[];
}

/** Starts with none. */
export function recordPackages(): PackageRecord {
  const urls = new Set<string>();
  let isHooked = false;
  return {
    note: (from, to) => {
      if (!to.startsWith("file:")) return;
      isHooked ||= hooking.test(to);
      // What a package imports itself comes with it.
      if (isPackage(to) && (from === undefined || !isInner(from))) urls.add(to);
    },
    get urls() {
      return isHooked ? [] : [...urls];
    },
  };
}

/** Loads modules of packages one after the other; what fails to load will fail again where it is needed, and be told there. */
export async function preload(urls: readonly string[]): Promise<void> {
  for (const url of urls) await import(url).catch(() => undefined);
}

/** Changes with every installation of packages in this folder: what was loaded before is another version then. */
export function installationOf(folder: string = process.cwd()): number {
  const marks = ["node_modules/.package-lock.json", "node_modules/.modules.yaml", "node_modules/.yarn-state.yml"];
  return Math.max(
    ...marks.map((mark) => statSync(join(folder, mark), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    statSync(join(folder, "node_modules"), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
}
