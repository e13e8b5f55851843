// What a process and all that it started have used, from /proc.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

let ticksPerSecond: number | undefined;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** A process and those below it, while they live. */
export function treeOf(pid: number): number[] {
  // A process is the child of the thread that started it.
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`)?.split(" ") ?? []);
  return [pid, ...children.filter((child) => child.trim() !== "").flatMap((child) => treeOf(Number(child)))];
}

/** Microseconds of CPU, user and system. */
export function cpuOf(pids: readonly number[]): number {
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  const ticks = pids.map((pid) => {
    const stat = read(`/proc/${pid}/stat`);
    if (stat === undefined) throw new Error(`process ${pid} has ended`);
    // The name, in parentheses, may hold anything; user and system time are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return (ticks.reduce((sum, each) => sum + each, 0) / ticksPerSecond) * 1e6;
}

/** The most memory that they had, in MiB, one by one. */
export function peakOf(pids: readonly number[]): number {
  const sizes = pids.map((pid) => Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}
