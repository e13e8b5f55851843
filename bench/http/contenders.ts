// The servers that are compared, how each is started, and why one may be missing.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** bare: no log lines, no request id. production: both, and the context of the request. */
export type Mode = "bare" | "production";

export interface Contender {
  readonly name: string;
  readonly title: string;
  readonly modes: readonly Mode[];
  /** Whether it checks what comes in. */
  readonly refuses: boolean;
  /** What it is made of, by version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Program and arguments. */
  command(port: number): readonly string[];
}

/** One that is not there. */
export interface Missing {
  readonly name: string;
  readonly title: string;
  /** What to install. */
  readonly missing: string;
}

/** Kiln from its sources, or from what `npm run build` made of them. */
export type KilnFrom = "source" | "build";

const bothModes: readonly Mode[] = ["bare", "production"];
const root = new URL("../../", import.meta.url);

function versionIn(folder: string): string {
  // Every manifest has one.
  return (JSON.parse(readFileSync(new URL(`${folder}/package.json`, root), "utf8")) as { version: string }).version;
}

/** Versions of installed packages. */
function versionsOf(...packages: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(packages.map((name) => [name, versionIn(`node_modules/${name}`)]));
}

function fileOf(name: string, file: string): string {
  return fileURLToPath(new URL(`servers/${name}/${file}`, import.meta.url));
}

function onNode(
  name: string,
  title: string,
  versions: Readonly<Record<string, string>>,
  conditions: readonly string[] = [],
): Contender {
  const command = [process.execPath, ...conditions, fileOf(name, "main.ts")];
  return { name, title, modes: bothModes, refuses: true, versions, command: () => command };
}

/** What the first of these programs that runs prints. */
function firstThatRuns(programs: readonly string[], ...args: readonly string[]): [string, string] | undefined {
  for (const program of programs) {
    const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
    if (status === 0) return [program, stdout.trim()];
  }
  return undefined;
}

const pythonPackages = "python3-fastapi gunicorn python3-uvicorn python3-uvloop python3-httptools python3-asyncpg";
const pythonVersions = `
import json, platform, asyncpg, fastapi, gunicorn, httptools, pydantic, uvicorn, uvloop
modules = [asyncpg, fastapi, gunicorn, uvicorn, uvloop]
versions = {module.__name__: module.__version__ for module in modules}
print(json.dumps({"python": platform.python_version(), "pydantic": pydantic.VERSION, **versions}))`;

function fastapi(): Contender | Missing {
  const about = { name: "fastapi", title: "FastAPI" };
  // Debian's, whichever else comes first in the path.
  const found = firstThatRuns(["/usr/bin/python3", "python3"], "-c", pythonVersions);
  if (found === undefined) return { ...about, missing: `apt-get install -y ${pythonPackages}` };
  const [python, versions] = found;
  const worker = ["--workers", "1", "--worker-class", "uvicorn.workers.UvicornWorker", "--keep-alive", "75"];
  const folder = fileURLToPath(new URL("servers/fastapi", import.meta.url));
  return {
    ...about,
    modes: bothModes,
    refuses: true,
    // As the program above prints them.
    versions: JSON.parse(versions) as Record<string, string>,
    command: (port) => [
      python,
      "-B",
      "-m",
      "gunicorn",
      ...worker,
      "-b",
      `127.0.0.1:${port}`,
      "--chdir",
      folder,
      "app:app",
    ],
  };
}

function elysiaOnBun(): Contender | Missing {
  const about = { name: "elysia-bun", title: "Elysia on Bun" };
  const own = fileURLToPath(new URL("node_modules/.bin/bun", root));
  const found = firstThatRuns([process.env.BUN ?? own, own, "bun"], "--version");
  if (found === undefined) return { ...about, missing: "npm install --no-save bun, or BUN=/path/to/bun" };
  const [bun, version] = found;
  return {
    ...about,
    modes: bothModes,
    refuses: true,
    versions: { bun: version, ...versionsOf("elysia", "pino") },
    command: () => [bun, fileOf("elysia-bun", "main.ts")],
  };
}

/** All of them, in the order of the tables. */
export function contenders(from: KilnFrom): readonly (Contender | Missing)[] {
  const conditions = from === "source" ? ["--conditions=kilnjs-source"] : [];
  const node = { node: process.versions.node };
  const kiln = { kilnjs: versionIn("."), ...versionsOf("fastify", "pino", "zod") };
  const nest = versionsOf("@nestjs/core", "@nestjs/platform-fastify", "nestjs-pino", "zod");
  const hono = versionsOf("hono", "@hono/node-server", "@hono/zod-validator", "pino", "zod");
  return [
    { ...onNode("raw", "node:http, bare", node), modes: ["bare"], refuses: false },
    onNode("hand-written", "node:http by hand", { ...node, ...versionsOf("pino", "zod") }, conditions),
    onNode("kiln", "Kiln", kiln, conditions),
    onNode("fastify", "Fastify", versionsOf("fastify", "pino", "typebox")),
    onNode("nest", "NestJS on Fastify", nest),
    onNode("hono", "Hono", hono),
    onNode("express", "Express", versionsOf("express", "pino-http", "zod")),
    onNode("h3", "h3", versionsOf("h3", "pino", "zod")),
    onNode("elysia", "Elysia on Node", versionsOf("elysia", "@elysiajs/node", "pino")),
    elysiaOnBun(),
    fastapi(),
  ];
}
