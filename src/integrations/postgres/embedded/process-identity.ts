import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in whatever unit the system counts; only compared, never read. Empty where it cannot be known. */
  readonly startedAt: string;
}

/** Tells whether somebody has this process number, a zombie included. */
export function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** A start time counts from the boot of the machine, so the boot belongs to it. */
async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();
}

async function linuxStart(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the program's name in brackets and may hold anything, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; only its parent has not yet looked.
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return `${fields[19]}@${await bootId()}`;
}

async function otherStart(pid: number): Promise<string | undefined> {
  if (!signalReaches(pid)) return undefined;
  if (process.platform === "win32") return "";
  const ps = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]).catch(() => undefined);
  return ps === undefined || ps.stdout.trim() === "" ? undefined : ps.stdout.trim();
}

/**
 * Who has this process number now.
 *
 * @returns undefined when nobody has, or when the process has ended and only waits to be reaped
 */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = process.platform === "linux" ? await linuxStart(pid) : await otherStart(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Tells whether that very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startedAt === identity.startedAt;
}

/** The name of the program that a process runs, empty where it cannot be known. */
export async function programOf(pid: number): Promise<string> {
  if (process.platform === "linux") return (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
  if (process.platform === "win32") return "";
  const ps = await promisify(execFile)("ps", ["-o", "comm=", "-p", String(pid)]).catch(() => undefined);
  return ps?.stdout.trim() ?? "";
}
