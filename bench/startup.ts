// Time from `node main.ts` to the first 200 of an app without a database: the built package, the sources, and the libraries
// below it by themselves.
// Run: npm run build && node bench/startup.ts
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { median } from "./median.ts";

const rounds = 5;
const main = fileURLToPath(new URL("startup/main.ts", import.meta.url));

/** One way to start the app. */
interface Subject {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: string;
}

const libraries = fileURLToPath(new URL("startup/libraries.ts", import.meta.url));
const command = fileURLToPath(new URL("../bin/kiln.js", import.meta.url));
const subjects: readonly Subject[] = [
  { name: "node main.ts, production", args: [main], environment: "production" },
  { name: "Fastify, Zod and pino alone", args: [libraries], environment: "production" },
  { name: "node main.ts, development", args: [main], environment: "development" },
  {
    name: "kiln start main.ts",
    args: [command, "start", main, "--port", "0", "--host", "127.0.0.1"],
    environment: "production",
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
async function firstAnswer({ args, environment }: Subject): Promise<number> {
  const started = performance.now();
  const env = { ...process.env, NODE_ENV: environment };
  const server = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  try {
    const response = await fetch(`${await urlOf(server)}/hello/ada`);
    await response.text();
    if (response.status !== 200) throw new Error(`answered ${response.status}`);
    return performance.now() - started;
  } finally {
    server.stdout?.resume();
    server.kill("SIGTERM");
    await ended;
  }
}

const times = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
// Round by round, so that a busy moment of the machine touches all of them; one round before, so that files are warm.
for (let round = 0; round <= rounds; round += 1) {
  for (const subject of subjects) {
    const milliseconds = await firstAnswer(subject);
    if (round > 0) times.get(subject)?.push(milliseconds);
  }
}
for (const [{ name }, milliseconds] of times) {
  const all = milliseconds.map((time) => time.toFixed(0)).join(" ");
  process.stdout.write(`${name.padEnd(30)} ${median(milliseconds).toFixed(0).padStart(5)} ms   (${all})\n`);
}
