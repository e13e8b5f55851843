// Run by ../imports.test.ts: imports the entry points that it is given and prints, as JSON, what that changed besides
// loading modules.
import fs from "node:fs";

const module = /\.(?:[cm]?js|ts|json|node)$/;
const read: string[] = [];

for (const name of ["readFileSync", "openSync", "readdirSync", "readFile", "open", "readdir"] as const) {
  const original: (...args: never[]) => unknown = fs[name];
  const watched = (...args: never[]): unknown => {
    const path = String(args[0]);
    if (!module.test(path)) read.push(`${name} ${path}`);
    return original.apply(fs, args);
  };
  // Assigned by name: the wrapper takes and gives whatever the original does.
  Object.assign(fs, { [name]: watched });
}

interface State {
  readonly resources: readonly string[];
  readonly listeners: readonly string[];
  readonly globals: readonly string[];
  readonly environment: string;
}

function state(): State {
  return {
    resources: process.getActiveResourcesInfo(),
    listeners: process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`),
    globals: Object.getOwnPropertyNames(globalThis),
    environment: JSON.stringify(process.env),
  };
}

// The standard streams open at their first use, whoever that is.
void [process.stdout, process.stderr];
const before = state();
const standard = [globalThis.fetch, globalThis.Request, globalThis.Response];
for (const entry of process.argv.slice(2)) await import(entry);
const after = state();

const added = (key: "resources" | "listeners" | "globals"): string[] =>
  after[key].filter((name) => !before[key].includes(name) && !name.startsWith("__zod_"));

process.stdout.write(
  JSON.stringify({
    resources: added("resources"),
    listeners: added("listeners"),
    globals: added("globals"),
    environment: after.environment === before.environment,
    standard: [globalThis.fetch, globalThis.Request, globalThis.Response].every((value, i) => value === standard[i]),
    read,
  }),
);
