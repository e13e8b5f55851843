import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the group of processes that this one belongs to may use; undefined for what is not limited. */
export interface ContainerLimits {
  /** Cores, perhaps a fraction. */
  readonly cores: number | undefined;
  /** Bytes. */
  readonly memory: number | undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // Not there: no such limit, another version, or no Linux.
    return undefined;
  }
}

/** A folder of a group and those above it: each may limit. Inside a container its path often leads nowhere, its root does. */
function* upwards(mount: string, group: string): Generator<string> {
  for (let path = group; ; path = dirname(path)) {
    yield join(mount, path);
    if (path === "/" || path === ".") return;
  }
}

function least(values: Iterable<number | undefined>): number | undefined {
  const found = [...values].filter((value) => value !== undefined);
  return found.length === 0 ? undefined : Math.min(...found);
}

/** `max` and the number that version 1 shows for "no limit", which is near 2 to the 63rd, are none. */
function bytes(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) || value <= 0 || value > 2 ** 53 ? undefined : value;
}

function share(quota: string | undefined, period: string | undefined): number | undefined {
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

function coresOf(folder: string): number | undefined {
  const [quota, period] = read(join(folder, "cpu.max"))?.split(" ") ?? [];
  return share(quota, period) ?? share(read(join(folder, "cpu.cfs_quota_us")), read(join(folder, "cpu.cfs_period_us")));
}

function memoryOf(folder: string): number | undefined {
  return bytes(read(join(folder, "memory.max"))) ?? bytes(read(join(folder, "memory.limit_in_bytes")));
}

/** The groups of this process: the one of version 2, and those that limit in version 1. */
function groups(root: string): { readonly mount: string; readonly group: string }[] {
  const base = join(root, "sys/fs/cgroup");
  const lines = read(join(root, "proc/self/cgroup"))?.split("\n") ?? [];
  return lines.flatMap((line) => {
    const [, controllers = "", group = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") return [{ mount: base, group }];
    const names = controllers.split(",");
    if (!names.includes("memory") && !names.includes("cpu")) return [];
    return [{ mount: join(base, controllers), group }, ...names.map((name) => ({ mount: join(base, name), group }))];
  });
}

/**
 * Reads what a container, or a service of systemd, may use.
 *
 * @param root where the system's files are; tests have folders of their own
 */
export function containerLimits(root = "/"): ContainerLimits {
  const folders = groups(root).flatMap(({ mount, group }) => [...upwards(mount, group)]);
  return { cores: least(folders.map(coresOf)), memory: least(folders.map(memoryOf)) };
}
