import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { acquireEmbeddedServer, type EmbeddedServer } from "../../../src/integrations/postgres/embedded/server.ts";

/** A fresh folder below a temporary one that is closed to other users, as temporary folders are. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const parent = mkdtempSync(join(tmpdir(), "kiln-postgres-"));
  return { folder: join(parent, "data base"), remove: () => rmSync(parent, { recursive: true, force: true }) };
}

/** Waits for a condition that no event announces: something in another process. */
export async function until(what: string, holds: () => unknown, milliseconds = 20_000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within ${milliseconds} ms: ${what}`);
    await sleep(20);
  }
}

/** The command lines of all processes that name this folder: the server, its keeper, its guard. */
export function processesOf(folder: string): string[] {
  if (!existsSync("/proc/self/cmdline")) {
    const all = execFileSync("ps", ["-eo", "args="], { encoding: "utf8" });
    return all.split("\n").filter((line) => line.includes(folder));
  }
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.map(commandLine).filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`;
  } catch {
    return "";
  }
}

/** Fails unless everything that served this folder is gone soon. */
export async function assertNothingRuns(folder: string): Promise<void> {
  await until(`nothing serves ${folder}`, () => processesOf(folder).length === 0).catch((error: Error) => {
    throw new Error(`${error.message}\n${processesOf(folder).join("\n")}`);
  });
}

/** One server for all tests of a file; the file fails when anything of it is left. */
export function sharedServer(): { readonly folder: string; readonly server: EmbeddedServer; readonly url: string } {
  const place = temporaryFolder();
  let server: EmbeddedServer | undefined;
  before(async () => {
    server = await acquireEmbeddedServer(place.folder, { linger: 0 });
  });
  after(async () => {
    await server?.release();
    await assertNothingRuns(place.folder);
    place.remove();
  });
  return {
    folder: place.folder,
    url: `embedded:${place.folder}`,
    get server() {
      assert.ok(server, "the server is there once the tests run");
      return server;
    },
  };
}

/** A process that uses the server of a folder until it is told to leave or is killed. */
export interface OtherUser {
  readonly process: ChildProcess;
  readonly url: string;
  /** Lets it give the server back and end. */
  leave(): Promise<void>;
  /** Ends it without a chance to clean up. */
  kill(): Promise<void>;
}

const others = new Set<ChildProcess>();
// A test that fails before it lets them go must not leave them, or wait for them.
after(() => {
  for (const child of others) child.kill("SIGKILL");
});

const program = fileURLToPath(new URL("./programs/use-server.ts", import.meta.url));

/** Starts a process that uses the server of this folder. */
export async function otherUser(folder: string, linger: number): Promise<OtherUser> {
  const child = spawn(process.execPath, ["--conditions=kilnjs-source", program, folder, String(linger)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  others.add(child);
  child.once("exit", () => others.delete(child));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it had a server`)));
  });
  return {
    process: child,
    url,
    leave: () => {
      child.stdin?.end();
      return ended;
    },
    kill: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** The process number of the folder's PostgreSQL. */
export function postmasterPid(folder: string): number {
  return Number(readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n")[0]);
}

/** The process number of the folder's keeper. */
export function keeperPid(folder: string): number {
  const name = readdirSync(folder)
    .filter((each) => /^keeper-\d{9}\.json$/.test(each))
    .sort()
    .at(-1);
  assert.ok(name, "a keeper has left its record");
  const { pid } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { pid: number };
  return pid;
}
