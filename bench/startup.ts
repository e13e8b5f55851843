// Time from `node main.ts` to the first 200: of an app without a database, from the built package, the sources, and the
// libraries below it by themselves; of Conduit, whose database runs already. And what `import "kilnjs"` takes.
// Run: npm run build && npm run bench:startup
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { acquireEmbeddedServer } from "../src/integrations/postgres/embedded/server.ts";
import { median } from "./median.ts";

const rounds = 5;
const main = fileURLToPath(new URL("startup/main.ts", import.meta.url));

/** One way to start the app. */
interface Subject {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: string;
  /** What is asked; `/hello/ada` unless given. */
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const libraries = fileURLToPath(new URL("startup/libraries.ts", import.meta.url));
const command = fileURLToPath(new URL("../bin/kiln.js", import.meta.url));
const start = (entry: string): string[] => [command, "start", entry, "--port", "0", "--host", "127.0.0.1"];
// A folder of its own: Conduit has its database there for as long as this runs.
const folder = mkdtempSync(join(tmpdir(), "kiln-bench-startup-"));
const database = await acquireEmbeddedServer(join(folder, "database"), { linger: 0 });
const conduit: Subject = {
  name: "Conduit, its database runs",
  args: [fileURLToPath(new URL("startup/conduit.ts", import.meta.url))],
  environment: "production",
  path: "/api/tags",
  env: { DATABASE_URL: database.url(), JWT_SECRET: "only for the bench, 32 bytes long", SMTP_URL: "print:" },
};
const subjects: readonly Subject[] = [
  { name: "node main.ts, production", args: [main], environment: "production" },
  conduit,
  { name: "Fastify, Zod and pino alone", args: [libraries], environment: "production" },
  { name: "node main.ts, development", args: [main], environment: "development" },
  { name: "kiln start main.ts", args: start(main), environment: "production" },
  {
    name: "kiln start, nothing kept",
    args: start(main),
    environment: "production",
    env: { NODE_DISABLE_COMPILE_CACHE: "1" },
  },
  {
    ...conduit,
    name: "kiln start, Conduit",
    args: start(fileURLToPath(new URL("../examples/conduit/main.ts", import.meta.url))),
  },
  { name: "node main.ts, from the sources", args: ["--conditions=kilnjs-source", main], environment: "development" },
];

async function urlOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error("the server has no output to read");
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error("the server ended without saying where it listens");
}

/** Milliseconds from the start of the process to the whole answer. */
async function firstAnswer({ args, environment, path = "/hello/ada", env: own }: Subject): Promise<number> {
  const started = performance.now();
  const env = { ...process.env, NODE_ENV: environment, ...own };
  const server = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  try {
    const response = await fetch(`${await urlOf(server)}${path}`);
    await response.text();
    if (response.status !== 200) throw new Error(`answered ${response.status}`);
    return performance.now() - started;
  } finally {
    server.stdout?.resume();
    server.kill("SIGTERM");
    await ended;
  }
}

/** Milliseconds that an `import` takes in a process that has loaded nothing else. */
function importTime(name: string): number {
  const source = `const from = performance.now(); await import(${JSON.stringify(name)}); console.log(performance.now() - from);`;
  const args = ["--input-type=module", "--eval", source];
  return Number(execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: "utf8" }));
}

function show(name: string, milliseconds: readonly number[]): void {
  const all = milliseconds.map((time) => time.toFixed(0)).join(" ");
  process.stdout.write(`${name.padEnd(30)} ${median(milliseconds).toFixed(0).padStart(5)} ms   (${all})\n`);
}

const times = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
const imports = new Map<string, number[]>(["kilnjs", "zod", "fastify", "pino"].map((name) => [name, []]));
try {
  // Round by round, so that a busy moment of the machine touches all of them; one round before, so that files are warm.
  for (let round = 0; round <= rounds; round += 1) {
    for (const subject of subjects) {
      const milliseconds = await firstAnswer(subject);
      if (round > 0) times.get(subject)?.push(milliseconds);
    }
    for (const [name, taken] of imports) {
      const milliseconds = importTime(name);
      if (round > 0) taken.push(milliseconds);
    }
  }
} finally {
  await database.release();
  rmSync(folder, { recursive: true, force: true });
}
for (const [{ name }, milliseconds] of times) show(name, milliseconds);
for (const [name, milliseconds] of imports) show(`import "${name}" alone`, milliseconds);
