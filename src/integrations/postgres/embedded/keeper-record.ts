import { randomBytes } from "node:crypto";
import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, type ProcessIdentity } from "./process-identity.ts";

/**
 * Who keeps the server of a folder, and where to reach it. The record is the lock: it lies in `keeper-<generation>.json`,
 * the highest generation counts, and it counts only while the process that it names runs.
 *
 * A stale record is never replaced or removed, it is outnumbered: whoever finds it creates the next generation, which the
 * file system grants to exactly one. Removing a stale lock before taking it would let two processes, which both saw it
 * stale, each remove the other's new one.
 */
export interface KeeperRecord extends ProcessIdentity {
  /** The port on 127.0.0.1 at which the keeper takes references. */
  readonly port: number;
  /** What a caller must say first; the file is readable by its owner only. */
  readonly token: string;
}

const pattern = /^keeper-(\d{9})\.json$/;

async function generations(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => Number(pattern.exec(name)?.[1] ?? 0)).filter((generation) => generation > 0);
}

/** The path of one generation's record. */
export function recordPath(folder: string, generation: number): string {
  return join(folder, `keeper-${String(generation).padStart(9, "0")}.json`);
}

/** The record that counts, with whether its process still runs. */
export async function latestRecord(
  folder: string,
): Promise<{ readonly generation: number; readonly record: KeeperRecord | undefined; readonly alive: boolean }> {
  const generation = Math.max(0, ...(await generations(folder)));
  if (generation === 0) return { generation, record: undefined, alive: false };
  const text = await readFile(recordPath(folder, generation), "utf8").catch(() => undefined);
  // Outnumbered and tidied away between listing and reading: look again.
  if (text === undefined) return latestRecord(folder);
  // Only this module writes these files, whole, before they get their name.
  const record = JSON.parse(text) as KeeperRecord;
  return { generation, record, alive: await isRunning(record) };
}

/**
 * Takes the folder, unless a running keeper has it.
 *
 * @returns the generation that is now ours, or undefined when another keeper is there
 */
export async function claim(folder: string, record: KeeperRecord): Promise<number | undefined> {
  const draft = join(folder, `keeper-${record.pid}-${randomBytes(4).toString("hex")}.tmp`);
  await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
  try {
    for (;;) {
      const latest = await latestRecord(folder);
      if (latest.alive) return undefined;
      const generation = latest.generation + 1;
      if (await tryLink(draft, recordPath(folder, generation))) {
        const older = (await generations(folder)).filter((each) => each < generation);
        await Promise.all(older.map((each) => rm(recordPath(folder, each), { force: true })));
        return generation;
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
