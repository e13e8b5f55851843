// Installs the packed package into an empty project, as a user would, and uses it: types, command line, a server.
// Run: node scripts/check-install.ts
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pack, root, run } from "./pack.ts";

// In a package Node strips no types, so the threads of an installed Kiln need its compiled files, and the user's sources.
const work = `import { blocking } from "kilnjs";

export const shout = blocking(import.meta, function shout(text: string): string {
  return text.toUpperCase();
});
`;

const hello = `import { kiln, path } from "kilnjs";
import { z } from "zod";
import { shout } from "./work.ts";

const Greeting = z.object({ hello: z.string() });
export const app = kiln({ title: "Hello" });
app.get("/hello/:name", { needs: { name: path(z.string()) }, returns: Greeting }, ({ name }) => ({ hello: name }));
app.get("/shout/:text", { needs: { text: path(z.string()) }, returns: z.string() }, ({ text }) => shout(text));
if (import.meta.main) await app.listen({ port: 0, host: "127.0.0.1" });
`;

const helloTest = `import { testApp } from "kilnjs/testing";
import { app } from "./hello.ts";

await using t = await testApp(app);
const response = await t.get("/hello/ada");
if (response.status !== 200) throw new Error(\`status \${response.status}\`);
const shouted = await t.get("/shout/ada");
if (shouted.json() !== "ADA") throw new Error(shouted.text());
`;

const database = `import { depends, job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";

const db = postgres({}, () => ({ url: "embedded:.data/postgres" }));
export const one = depends({ db: db.connection }, async ({ db }) => (await db.query("select 1 as one")).rows);
export const count = job("count", { needs: { pool: db.pool } }, async ({ pool }) => void (await pool.query("select 1")));
export const app = kiln({ title: "Counts", jobs: [count] });
`;

// Without `skipLibCheck`, so our own declarations are checked as well.
const tsconfig = {
  compilerOptions: {
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    allowImportingTsExtensions: true,
    noEmit: true,
  },
  include: ["*.ts"],
};

const project = mkdtempSync(join(tmpdir(), "kilnjs-install-"));

function write(file: string, text: string): void {
  writeFileSync(join(project, file), text);
}

/** The versions that this repository is tested with, as `npm install` takes them. */
function ours(...names: readonly string[]): string[] {
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  return names.map((name) => `${name}@${devDependencies[name]}`);
}

function install(...packages: readonly string[]): void {
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...packages], project);
}

/** The URL in the first log line that has one. */
async function urlOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error("the server has no output to read");
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error("the server ended without saying where it listens");
}

async function askServer(...args: readonly string[]): Promise<void> {
  const env = { ...process.env, NODE_ENV: "production" };
  const server = spawn(process.execPath, args, { cwd: project, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  try {
    const url = await urlOf(server);
    const response = await fetch(`${url}/hello/ada`);
    const text = await response.text();
    if (response.status !== 200 || text !== '{"hello":"ada"}') throw new Error(`${response.status} ${text}`);
    process.stdout.write(`${url}/hello/ada answered ${text}\n`);
  } finally {
    server.stdout?.resume();
    server.kill("SIGTERM");
    await ended;
  }
}

const tarball = pack();
try {
  write("package.json", JSON.stringify({ name: "empty", private: true, type: "module" }));
  write("tsconfig.json", JSON.stringify(tsconfig));
  write("work.ts", work);
  write("hello.ts", hello);
  write("hello-test.ts", helloTest);
  // What a web application needs, and no more: neither pg nor its types are there.
  install(tarball, ...ours("typescript", "@types/node"));
  run("npx", ["tsc"], project);
  run("npx", ["kiln", "--version"], project);
  run(process.execPath, ["hello-test.ts"], project);
  await askServer("hello.ts");
  await askServer(
    "node_modules/kilnjs/bin/kiln.js",
    "start",
    "hello.ts",
    "--workers",
    "2",
    "--port",
    "0",
    "--no-admin",
  );
  write("database.ts", database);
  // No @types/pg: our declarations have no need of it.
  install(...ours("pg", "pg-boss"));
  run("npx", ["tsc"], project);
  process.stdout.write("installed from the tarball: types, command line and server work\n");
} finally {
  rmSync(project, { recursive: true });
  rmSync(tarball);
}
