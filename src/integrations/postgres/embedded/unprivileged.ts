import { execFile } from "node:child_process";
import { access, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Failure } from "./protocol.ts";

/** How to run PostgreSQL's programs: PostgreSQL refuses to run as root. */
export interface Runner {
  /** The user that files of the cluster must belong to; undefined when that is the present one. */
  readonly owner: Owner | undefined;
  /** The command that runs a program with these arguments, and the user to spawn it as. */
  command(program: string, args: readonly string[]): Command;
}

/** A user and group, by number. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What `spawn` needs. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly owner: Owner | undefined;
}

const plain: Runner = { owner: undefined, command: (file, args) => ({ file, args, owner: undefined }) };

/** A failure that a {@link Failure} describes, thrown inside the keeper. */
export class EmbeddedFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause?: unknown) {
    super(`${failure.what} ${failure.why}`, { cause });
    this.failure = failure;
  }
}

async function ownerNamed(name: string): Promise<Owner | undefined> {
  const run = promisify(execFile);
  const ids = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]).catch(() => undefined);
  if (ids === undefined) return undefined;
  return { uid: Number(ids[0].stdout), gid: Number(ids[1].stdout) };
}

async function ownerOf(folder: string): Promise<Owner | undefined> {
  const found = await stat(folder).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

async function maySearch(folder: string, owner: Owner): Promise<boolean> {
  const { mode, uid, gid } = await stat(folder);
  const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

/** The first folder on the way to `path` that this user may not pass through. */
async function barrier(path: string, owner: Owner): Promise<string | undefined> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!(await maySearch(folder, owner))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Bits of `CAP_DAC_OVERRIDE` and `CAP_DAC_READ_SEARCH` in the kernel's masks. */
const overrideBit = 1n << 1n;
const searchBit = 1n << 2n;

async function passCapability(): Promise<string | undefined> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const permitted = BigInt(`0x${/^CapPrm:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  if ((permitted & searchBit) !== 0n) return "dac_read_search";
  return (permitted & overrideBit) !== 0n ? "dac_override" : undefined;
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/**
 * A root that works below a folder closed to others (`/root`, a fresh temporary folder) lends the server the one right
 * to pass through it; the server still runs as an ordinary user and owns nothing but its data.
 */
async function passingRunner(owner: Owner, blocked: string): Promise<Runner> {
  const setpriv = await firstExisting(["/usr/bin/setpriv", "/bin/setpriv"]);
  const capability = await passCapability();
  if (setpriv === undefined || capability === undefined) {
    throw new EmbeddedFailure({
      what: blocked,
      why: `is closed to user ${owner.uid}, as which PostgreSQL has to run because it refuses to run as root`,
      fix: `Work as an ordinary user, move the project to a folder that others may pass through, or run \`chmod o+x ${blocked}\``,
    });
  }
  const ids = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"];
  const rights = [`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`];
  return {
    owner,
    command: (program, args) => ({ file: setpriv, args: [...ids, ...rights, program, ...args], owner: undefined }),
  };
}

/**
 * Decides as whom the server of this folder runs.
 *
 * @param folder the folder of the embedded server; the cluster lies in `data` below it
 * @param program one of PostgreSQL's programs, to see whether that user can reach it
 * @throws EmbeddedFailure when this is root and no ordinary user can be used
 */
export async function runnerFor(folder: string, program: string): Promise<Runner> {
  if (process.getuid?.() !== 0) return plain;
  const data = join(folder, "data");
  const owner = (await ownerOf(data)) ?? (await ownerNamed("postgres")) ?? (await ownerNamed("nobody"));
  if (owner === undefined) {
    throw new EmbeddedFailure({
      what: folder,
      why: "cannot be served as root, and this system has neither a user `postgres` nor a user `nobody`",
      fix: "Add one with `useradd --system postgres`, or work as an ordinary user",
    });
  }
  const blocked = (await barrier(program, owner)) ?? (await barrier(data, owner));
  if (blocked !== undefined) return passingRunner(owner, blocked);
  return { owner, command: (file, args) => ({ file, args, owner }) };
}
