// Writes the versions and the lock of Conduit's container from those of this repository, so that the image gets exactly what the
// tests ran with. npm runs it as a part of the script `dependencies`, after every install that changed something; by hand:
// Run: node scripts/lock-container.ts
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./pack.ts";

interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface Locked extends Partial<Manifest> {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, Locked>>;

const folder = join(root, "examples/conduit/deploy");
const own = "kilnjs";

function readJson<T>(path: string): T {
  // Files of this repository, in the format of npm.
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

/** Where Node would find a package that one in this place asks for. */
function placeOf(packages: Packages, name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    const place = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (at === "") return undefined;
  }
}

/** What says for whom a package was installed here; in the container it is for the app. */
function forProduction({ dev: _dev, devOptional: _devOptional, peer: _peer, ...locked }: Locked): Locked {
  return locked;
}

/** The places of everything that these need, and of what that needs. */
function reached(packages: Packages, names: readonly string[], from: string): ReadonlySet<string> {
  const places = new Set<string>();
  const waiting = names.map((name) => ({ name, from, optional: false }));
  for (const { name, from: asking, optional } of waiting) {
    const place = placeOf(packages, name, asking);
    if (place === undefined) {
      // One for another platform, which the registry did not have.
      if (optional) continue;
      throw new Error(`package-lock.json does not hold ${name}, which ${asking || "the container"} needs`);
    }
    if (places.has(place)) continue;
    places.add(place);
    const { dependencies = {}, optionalDependencies = {} } = packages[place] ?? {};
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
      waiting.push({ name: needed, from: place, optional: needed in optionalDependencies });
    }
  }
  return places;
}

/** What the container's package.json and package-lock.json are to be. */
export function containerFiles(): Readonly<Record<string, string>> {
  const ours = readJson<Manifest & { readonly devDependencies: Readonly<Record<string, string>> }>(
    join(root, "package.json"),
  );
  const { packages } = readJson<{ readonly packages: Packages }>(join(root, "package-lock.json"));
  const manifest = readJson<Manifest>(join(folder, "package.json"));
  const names = Object.keys(manifest.dependencies ?? {});
  const dependencies = Object.fromEntries(
    names.map((name) => [name, name === own ? "file:kilnjs.tgz" : (ours.devDependencies[name] ?? "")]),
  );
  const others = names.filter((name) => name !== own);
  const places = reached(packages, [...others, ...Object.keys(ours.dependencies ?? {})], "");
  const { version, license, engines, bin, dependencies: needs, peerDependencies, peerDependenciesMeta } = ours;
  const kilnjs = { version, resolved: "file:kilnjs.tgz", license, dependencies: needs, bin, engines };
  const entries: [string, unknown][] = [...places].map((place) => [place, forProduction(packages[place] ?? {})]);
  entries.push([`node_modules/${own}`, { ...kilnjs, peerDependencies, peerDependenciesMeta }]);
  entries.sort(([a], [b]) => a.localeCompare(b, "en"));
  const lock = {
    name: manifest.name,
    lockfileVersion: 3,
    requires: true,
    packages: { "": { name: manifest.name, dependencies }, ...Object.fromEntries(entries) },
  };
  const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return { "package.json": text({ ...manifest, dependencies }), "package-lock.json": text(lock) };
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(containerFiles())) writeFileSync(join(folder, name), text);
  process.stdout.write("examples/conduit/deploy: versions and lock written\n");
}
