import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../pack.ts";

/** How a command is run in a folder that is all it sees. */
export interface Inside {
  /** The folder that is its `/`. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** `1000:1000` */
  readonly user: string;
  /** Whether nothing below `/` but `/tmp` can be written, and it is process 1 of processes of its own without any privilege. */
  readonly container: boolean;
  /** Folders of this machine by where it sees them. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** What stands for the image: programs and libraries of this machine, below Node from this repository and its npm. */
export interface Base {
  readonly local: string;
}

/** The folders of a system that a command needs to be there. */
const empty = ["usr", "etc", "dev", "proc", "tmp", "root"];
const links = ["bin", "sbin", "lib", "lib64"];

/** Makes what the stages have in common. */
export function makeBase(folder: string): Base {
  const local = join(folder, "local");
  mkdirSync(join(local, "bin"), { recursive: true });
  cpSync(realpathSync(join(root, "node_modules/.bin/node")), join(local, "bin/node"));
  const cli = realpathSync(execFileSync("which", ["npm"], { encoding: "utf8" }).trim());
  const isSystem = cli.startsWith("/usr/") && !cli.startsWith("/usr/local/");
  // Elsewhere it would not be seen.
  if (!isSystem) cpSync(dirname(dirname(cli)), join(local, "lib/node_modules/npm"), { recursive: true });
  symlinkSync(isSystem ? cli : "../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
  return { local };
}

/** Makes a folder that can be `/`. */
export function makeRoot(folder: string): void {
  for (const name of empty) mkdirSync(join(folder, name), { recursive: true });
  for (const name of links) if (existsSync(`/${name}`)) symlinkSync(`usr/${name}`, join(folder, name));
}

// Run by a shell in mounts of its own, so that nothing of it is left when the command ends.
const enter = `
mount --bind "$ROOT" "$ROOT"
bind() { mount --bind "$1" "$2"; mount -o remount,bind,ro "$2"; }
bind /usr "$ROOT/usr"
bind "$LOCAL" "$ROOT/usr/local"
bind /etc "$ROOT/etc"
mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"
while [ "$1" != -- ]; do mount --bind "$1" "$ROOT$2"; shift 2; done
shift
[ "$READONLY" = no ] || mount -o remount,bind,ro "$ROOT"
exec chroot "$ROOT" "$@"
`;

function programOf({ user, env, workdir, container }: Inside, command: readonly string[]): string[] {
  const [uid = "", gid = ""] = user.split(":");
  const rights = container ? ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"] : [];
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", ...rights];
  const names = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ["/usr/bin/setpriv", ...ids, "/usr/bin/env", "-i", `--chdir=${workdir}`, ...names, ...command];
}

/** Starts a command; it ends with what `unshare` returns, whose only child it is. */
export function startInside(base: Base, inside: Inside, command: readonly string[]): ChildProcess {
  const mounts = Object.entries(inside.mounts ?? {}).flatMap(([target, source]) => [source, target]);
  const spaces = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
  const script = ["sh", "-euc", enter, "enter", ...mounts, "--", ...programOf(inside, command)];
  return spawn("unshare", [...spaces, ...script], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      ROOT: inside.folder,
      LOCAL: base.local,
      READONLY: inside.container ? "yes" : "no",
    },
  });
}

/** Waits for the end of a command and gives its exit code; null when it was killed. */
export async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

/** The process that is number 1 inside, by its number here. */
export function firstProcess(unshare: ChildProcess): number {
  const [child] = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, "utf8").trim().split(" ");
  if (child === undefined || child === "") throw new Error("there is no process 1");
  return Number(child);
}

/** Runs a command beside it, as a container engine does for a health check, and gives its exit code. */
export function execInside(first: number, inside: Inside, command: readonly string[]): number | null {
  const args = ["--target", String(first), "--mount", "--pid", "--root", ...programOf(inside, command)];
  return spawnSync("nsenter", args, { stdio: "ignore" }).status;
}
