import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Stops a server whose keeper was killed and whom nobody adopts: without it, `killall -9 node` would leave PostgreSQL
 * running for ever. It is a shell that blocks on a pipe which only the keeper holds, so it costs nothing while it waits.
 * It acts only while its own file is there, which a keeper that adopts the server removes.
 */
const script = `
read -r line && [ "$line" = done ] && exit 0
sleep "$3"
[ -e "$2" ] || exit 0
read -r pid < "$4" && [ "$pid" = "$1" ] && kill -INT "$1"
rm -f "$2"
`;

const grace = "5";

/** A guard on duty; `dismiss` ends it without harm. */
export interface Guard {
  dismiss(): Promise<void>;
}

/**
 * Sets a guard on a running server.
 *
 * @param folder the folder of the embedded server
 * @param pid the server's main process
 * @param pidFile the file whose first line is that number for as long as the server runs
 */
export async function setGuard(folder: string, pid: number, pidFile: string): Promise<Guard> {
  // Windows has neither this shell nor orphans that a signal could stop in order.
  if (process.platform === "win32") return { dismiss: async () => {} };
  const file = join(folder, `guard-${pid}-${randomBytes(4).toString("hex")}`);
  await writeFile(file, "");
  const shell = spawn("/bin/sh", ["-c", script, "kiln-postgres-guard", String(pid), file, grace, pidFile], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  return { dismiss: () => dismiss(shell, file) };
}

async function dismiss(shell: ChildProcess, file: string): Promise<void> {
  const gone = shell.exitCode !== null ? Promise.resolve() : new Promise((resolve) => shell.once("close", resolve));
  shell.stdin?.end("done\n");
  await Promise.all([gone, rm(file, { force: true })]);
}

/** Takes the file from every guard that an earlier, killed keeper left, so that none stops a server in use. */
export async function disarmGuards(folder: string): Promise<void> {
  const names = await readdir(folder);
  const guards = names.filter((name) => name.startsWith("guard-"));
  await Promise.all(guards.map((name) => rm(join(folder, name), { force: true })));
}
