// Part of the build: puts Kiln's modules together into few files. An app loads what it needs of them in a fraction of the
// time that 190 modules take, each of which has to be found, read and linked. What a thread or a process begins with keeps
// its name and place; what several of these share is in files beside `index.js`.
import { join } from "node:path";
import { type OutputBundle, type PluginContext, rolldown } from "rolldown";
import { root } from "./pack.ts";

/** What users import and processes begin with, and the threads that import what users wrote: they share their modules. */
const shared = [
  "index",
  "integrations/postgres/index",
  "testing/index",
  "cli/main",
  "cli/dev-child",
  "cli/worker-process",
  "threads/pool/worker",
];

/** Threads and processes of Kiln's own, each in one file: what they import is theirs alone. */
const alone = [
  "server/tune/load-thread",
  "threads/stall/monitor",
  "jobs/heartbeat-thread",
  "integrations/postgres/embedded/keeper",
];

type Graph = Pick<PluginContext, "getModuleInfo">;

const sources = join(root, "src/");
const source = (module: string): string => `${sources}${module}.ts`;

/** All that a module imports before it runs, itself included. */
function closure(graph: Graph, id: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(id) || !id.startsWith(sources)) return found;
  found.add(id);
  for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) closure(graph, imported, found);
  return found;
}

function inBoth<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...one].filter((member) => other.has(member)));
}

/**
 * The file of a module that is part of `import "kilnjs"`, or of what an app loads when it starts: one file each, less
 * what the command line and the threads of `blocking` need of it, which must not have to load all of it. A bundler by itself makes
 * one of each combination of users, fifty in all, at half a millisecond for each start.
 */
function createGrouping(): (id: string, graph: Graph) => string | null {
  let groups: readonly (readonly [string, ReadonlySet<string>])[] | undefined;
  return (id, graph) => {
    const of = (module: string): Set<string> => closure(graph, source(module));
    const index = source("index");
    groups ??= [
      ["errors", inBoth(of("index"), of("cli/main"))],
      ["thread", inBoth(of("index"), of("threads/pool/worker"))],
      ["core", of("index")],
      ["start", of("app/listen")],
    ];
    // The guard tells its own frames from those of others by their file, which therefore must hold nothing else that calls.
    if (id.startsWith(`${sources}threads/guard/`)) return id === source("threads/guard/options") ? null : "guard";
    return id === index ? null : (groups.find(([, modules]) => modules.has(id))?.[0] ?? null);
  };
}

async function bundle(entries: readonly string[], splitting: boolean): Promise<OutputBundle[string][]> {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [entry, source(entry)])),
    platform: "node",
    // Packages stay what they are: an app and Kiln must have the same Zod.
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    preserveEntrySignatures: "allow-extension",
  });
  const { output } = await build.write({
    dir: join(root, "dist"),
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name]-[hash].js",
    sourcemap: true,
    sourcemapExcludeSources: true,
    // Those of the sources are in the sources, which are part of the package.
    comments: { jsdoc: false },
    codeSplitting: splitting && {
      groups: [{ name: createGrouping(), debugName: "by layers" }],
      includeDependenciesRecursively: false,
    },
  });
  await build.close();
  return output;
}

const outputs = [...(await bundle(shared, true))];
for (const entry of alone) outputs.push(...(await bundle([entry], false)));

const mayBeThere = /\/src\/threads\/(?:guard\/|sync-twins\.ts$)/;
const chunks = outputs.filter((output) => output.type === "chunk");
const guard = chunks.find(({ moduleIds }) => moduleIds.includes(source("threads/guard/frames")));
const others = (guard?.moduleIds ?? ["none"]).filter((id) => !mayBeThere.test(id));
if (others.length > 0) throw new Error(`the guard shares its file with ${others.join(", ")}`);

process.stdout.write(`bundled: ${chunks.length} files in dist\n`);
