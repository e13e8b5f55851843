// Part of the build: puts Kiln's modules together into few files. An app loads what it needs of them in a fraction of the
// time that 190 modules take, each of which has to be found, read and linked. What a thread or a process begins with keeps
// its name and place; what several of these share is in files beside `index.js`.
import { build, type Metafile } from "esbuild";
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

async function bundle(entries: readonly string[], splitting: boolean): Promise<Metafile["outputs"]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => `src/${entry}.ts`),
    outdir: "dist",
    outbase: "src",
    chunkNames: "shared/[name]-[hash]",
    bundle: true,
    splitting,
    format: "esm",
    platform: "node",
    target: "node24",
    packages: "external",
    sourcemap: true,
    // The sources are part of the package.
    sourcesContent: false,
    metafile: true,
    logLevel: "warning",
  });
  return metafile.outputs;
}

const outputs = { ...(await bundle(shared, true)), ...(await bundle(alone, false)) };

// The guard tells its own frames from those of others by their file, which therefore must hold nothing else that calls.
const mayBeThere = /^src\/threads\/(?:guard\/|sync-twins\.ts$)/;
const guard = Object.entries(outputs).find(([, { inputs }]) => "src/threads/guard/frames.ts" in inputs);
const others = Object.keys(guard?.[1].inputs ?? { none: true }).filter((input) => !mayBeThere.test(input));
if (others.length > 0) throw new Error(`the guard shares its file with ${others.join(", ")}`);

const files = Object.keys(outputs).filter((file) => file.endsWith(".js"));
process.stdout.write(`bundled: ${files.length} files in dist\n`);
