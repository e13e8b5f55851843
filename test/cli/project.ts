import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const flags = ["--conditions=kilnjs-source", join(root, "bin/kiln.js")];

/** A folder with a user's project, removed after the tests of the file. */
export interface Project {
  readonly folder: string;
  write(path: string, text: string): void;
  /** Runs a command to its end. */
  kiln(...args: readonly string[]): Promise<Finished>;
  /** Starts a command that serves; one that still runs after the tests is killed. */
  serve(...args: readonly string[]): Serving;
  /** The same, with a listening socket handed to it as systemd does. */
  serveOn(socket: number, ...args: readonly string[]): Serving;
}

/** A command that has ended. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Serving {
  readonly process: ChildProcess;
  /** Everything printed so far, both streams. */
  readonly printed: string;
  /** Waits until something is printed that was not waited for before, and gives the match. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** The environment without what would decide for the app; a test says what it wants. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const {
    NODE_ENV: _env,
    PORT: _port,
    HOST: _host,
    NODE_TEST_CONTEXT: _test,
    FORCE_COLOR: _colour,
    ...rest
  } = process.env;
  // Compiled once for all projects of the tests, which would otherwise mostly compile.
  return { ...rest, NODE_COMPILE_CACHE: join(root, "node_modules/.cache/kiln-tests"), ...more };
}

/**
 * Makes a project.
 *
 * @param files text by path
 * @param env for its commands
 */
export function project(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kiln-cli-")));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("package.json", '{ "type": "module" }\n');
  for (const [path, text] of Object.entries(files)) write(path, text);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/kilnjs"));
  symlinkSync(join(root, "node_modules/zod"), join(folder, "node_modules/zod"));
  return {
    folder,
    write,
    kiln: (...args) =>
      new Promise((resolve, reject) => {
        const options = { cwd: folder, env: environment(env) };
        execFile(process.execPath, [...flags, ...args], options, (error, stdout, stderr) => {
          // No caller expects that one was killed, and there is no exit code then.
          if (error?.signal) reject(new Error(`kiln ${args.join(" ")} was ended by ${error.signal}: ${stderr}`));
          else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        });
      }),
    serve: (...args) => {
      const child = spawn(process.execPath, [...flags, ...args], { cwd: folder, env: environment(env) });
      after(() => void child.kill("SIGKILL"));
      return serving(child);
    },
    serveOn: (socket, ...args) => {
      const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"';
      const child = spawn("sh", ["-c", script, "sh", process.execPath, ...flags, ...args], {
        cwd: folder,
        env: environment(env),
        stdio: ["ignore", "pipe", "pipe", socket],
      });
      after(() => void child.kill("SIGKILL"));
      return serving(child);
    },
  };
}

function serving(child: ChildProcess): Serving {
  let printed = "";
  let seen = 0;
  let look: () => void = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk;
      look();
    });
  }
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    // "close" comes after the last byte of the streams.
    child.once("close", (code, signal) => {
      look = () => {};
      resolve({ code, signal });
    });
  });
  const prints = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      look = () => {
        const match = pattern.exec(printed.slice(seen));
        if (match === null) return;
        seen += match.index + match[0].length;
        look = () => {};
        resolve(match);
      };
      look();
      void ended.then((end) => reject(new Error(`ended (${JSON.stringify(end)}) before ${pattern}:\n${printed}`)));
    });
  return {
    process: child,
    get printed() {
      return printed;
    },
    prints,
    ended,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Waits for the line that says where the app listens. */
export async function ready(server: Serving): Promise<string> {
  // The whole line: where in it the message stands depends on the format.
  const [line] = await server.prints(/^.*\bready\b.*\n/m);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
  assert.ok(url);
  return url;
}

/** A small app. */
export const hello = `import { kiln } from "kilnjs";
import { greeting } from "./greeting.ts";
export const app = kiln({ title: "Hello" });
app.get("/", {}, () => ({ greeting, env: process.env.NODE_ENV ?? null }));
export default app;
`;
