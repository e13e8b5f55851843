// The servers that are compared, how each is started, and why one may be missing.
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
  /** Program and arguments. */
  command(port: number): readonly string[];
  /** Why it cannot be measured here; undefined when it can. */
  missing(): string | undefined;
  /** What it is made of. */
  versions(): Readonly<Record<string, string>>;
}

/** Kiln from its sources, or from what `npm run build` made of them. */
export type KilnFrom = "source" | "build";

const bothModes: readonly Mode[] = ["bare", "production"];

/** The version of an installed package. */
export function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  // Every manifest has one.
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function onNode(
  name: string,
  title: string,
  packages: readonly string[],
  conditions: readonly string[] = [],
): Contender {
  const file = fileURLToPath(new URL(`servers/${name}/main.ts`, import.meta.url));
  return {
    name,
    title,
    modes: bothModes,
    refuses: true,
    command: () => [process.execPath, ...conditions, file],
    missing: () => undefined,
    versions: () => Object.fromEntries(packages.map((each) => [each, versionOf(each)])),
  };
}

/** All of them, in the order of the tables. */
export function contenders(from: KilnFrom): readonly Contender[] {
  const conditions = from === "source" ? ["--conditions=kilnjs-source"] : [];
  return [
    { ...onNode("raw", "node:http, bare", ["pg"]), modes: ["bare"], refuses: false },
    onNode("hand-written", "node:http by hand", ["pino", "zod"], conditions),
    onNode("kiln", "Kiln", ["fastify", "pino", "zod"], conditions),
    onNode("fastify", "Fastify", ["fastify", "pino", "typebox"]),
    onNode("nest", "NestJS on Fastify", ["@nestjs/core", "@nestjs/platform-fastify", "nestjs-pino", "zod"]),
    onNode("hono", "Hono", ["hono", "@hono/node-server", "@hono/zod-validator", "pino", "zod"]),
    onNode("express", "Express", ["express", "pino-http", "zod"]),
    onNode("h3", "h3", ["h3", "pino", "zod"]),
    onNode("elysia", "Elysia on Node", ["elysia", "@elysiajs/node", "pino"]),
  ];
}
