// Server on one core, everything else on another, where the machine allows.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const serverCore = "0";
const otherCore = "1";

/** How many this machine gives; asked before this process is put on one of them. */
export const cores: number = availableParallelism();

function canPin(): boolean {
  if (cores < 2) return false;
  return spawnSync("taskset", ["--version"], { stdio: "ignore" }).status === 0;
}

/** Whether a server has a core of its own. */
export const pinned: boolean = canPin();

/** Puts this process, and with it all that it starts, on the other core. */
export function leaveServerCore(): void {
  if (pinned) spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", otherCore, String(process.pid)]);
}

/** The command that starts a server on its core. */
export function onServerCore(command: readonly string[]): readonly string[] {
  return pinned ? ["taskset", "--cpu-list", serverCore, ...command] : command;
}
