import { readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, type ProcessIdentity, programOf, signalReaches } from "./process-identity.ts";

/** What PostgreSQL's main process writes of itself into `postmaster.pid`. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  /** The number of its System V shared memory segment, empty where it has none. */
  readonly segment: string;
  /** `ready` once it takes connections. */
  readonly status: string;
}

/** Reads the file; undefined when there is none or it is not written yet. */
export async function readPidFile(path: string): Promise<PidFile | undefined> {
  const lines = (await readFile(path, "utf8").catch(() => "")).split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const segment = (lines[6] ?? "").trim().split(/\s+/)[1] ?? "";
  return { pid, port: Number(lines[3]), segment, status: (lines[7] ?? "").trim() };
}

/**
 * Finds the server that a killed keeper has left.
 *
 * A file that only looks like one is removed: PostgreSQL would refuse to start when the number in it has gone to another
 * program, or is that of a zombie, which stays for as long as its parent does not look (in a container, often for ever).
 *
 * @returns undefined when none runs
 */
export async function findServer(path: string): Promise<ProcessIdentity | undefined> {
  const found = await readPidFile(path);
  if (found === undefined) return undefined;
  const identity = await identify(found.pid);
  if (identity === undefined) {
    if (signalReaches(found.pid)) await removeOfZombie(path, found);
    // Else nobody has the number, and PostgreSQL sees by itself what that means.
    return undefined;
  }
  const program = await programOf(found.pid);
  if (program === "" || program.includes("postgres")) return identity;
  await rm(path, { force: true });
  return undefined;
}

/** Waits until the children of the dead server have let go of its memory: only then may another one write the data. */
async function removeOfZombie(path: string, { pid, segment }: PidFile): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await isAttached(segment)) && Date.now() < deadline) await sleep(50);
  if (signalReaches(pid) && !(await isAttached(segment))) await rm(path, { force: true });
}

async function isAttached(segment: string): Promise<boolean> {
  // Zombies that stay are a matter of Linux; elsewhere there is no such list, and nothing to wait for.
  const list = await readFile("/proc/sysvipc/shm", "utf8").catch(() => "");
  const [header = "", ...rows] = list.split("\n").map((line) => line.trim().split(/\s+/));
  const idAt = header.indexOf("shmid");
  const countAt = header.indexOf("nattch");
  return rows.some((row) => row[idAt] === segment && Number(row[countAt]) > 0);
}
