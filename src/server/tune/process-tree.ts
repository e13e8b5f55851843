import { readdirSync, readFileSync } from "node:fs";

/** What a process and all that it has started have used. */
export interface TreeUse {
  /** Seconds of CPU time since they began. */
  readonly cpu: number;
  /** Bytes; what several share is counted once. */
  readonly memory: number;
}

/** In what the kernel counts CPU time, whatever its own clock: a hundredth of a second. */
const ticksPerSecond = 100;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Gone meanwhile, or somebody else's.
    return undefined;
  }
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function statOf(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The name of the program is in brackets and may hold anything, brackets too.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined) return undefined;
  const [, parent, ...rest] = fields.map(Number);
  // utime, stime, and those of children that have ended: fields 14 to 17 of the line.
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = rest.slice(9, 13);
  return { pid, parent: parent ?? 0, ticks: user + system + childUser + childSystem };
}

/** Proportional: of memory that several processes share, each has its part. */
function memoryOf(pid: number): number {
  const kilobytes =
    /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? "")?.[1] ??
    /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

function descendants(root: number): readonly Stat[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  const stats = pids.map(statOf).filter((stat) => stat !== undefined);
  const found = stats.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...stats.filter(({ parent }) => parent === pid));
  return found;
}

/**
 * Reads what a process and those below it have used, from the kernel's own figures.
 *
 * @returns undefined on a system other than Linux
 */
export function treeUse(root: number): TreeUse | undefined {
  if (process.platform !== "linux") return undefined;
  const found = descendants(root);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    cpu: sum(found.map(({ ticks }) => ticks)) / ticksPerSecond,
    memory: sum(found.map(({ pid }) => memoryOf(pid))),
  };
}
