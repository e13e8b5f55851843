// Starts an app on node:http with pm2 in its cluster mode. pm2 comes into a temporary folder: it is under the AGPL, and not a part of this project.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Contender, childrenOf, freePort, isAlive, type Kind } from "./contender.ts";

const version = "7.0.4";
const script = fileURLToPath(new URL("./apps/plain.ts", import.meta.url));
const run = promisify(execFile);
let folder = "";

function prepare(): string | undefined {
  folder = mkdtempSync(join(tmpdir(), "kiln-bench-pm2-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const args = ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", `pm2@${version}`];
  const { status } = spawnSync("npm", args, { stdio: "ignore" });
  if (status !== 0) return `pm2 ${version} cannot be installed and is left out`;
  console.log(`pm2 ${version} on node ${process.versions.node}`);
  return undefined;
}

/** A command of pm2, with a home of its own, so that no other pm2 of the machine is touched. */
async function pm2(home: string, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    PM2_HOME: home,
    PM2_DISABLE_VERSION_CHECK: "true",
  };
  const { stdout } = await run(process.execPath, [join(folder, "node_modules/pm2/bin/pm2"), ...args], { env });
  return stdout;
}

async function start(): Promise<Contender> {
  const port = await freePort();
  const home = mkdtempSync(join(folder, "home-"));
  const apps = [{ name: "bench", script, instances: 2, exec_mode: "cluster", wait_ready: true, env: { PORT: port } }];
  const file = join(home, "bench.config.json");
  writeFileSync(file, JSON.stringify({ apps }));
  await pm2(home, "start", file);
  const daemon = Number(readFileSync(join(home, "pm2.pid"), "utf8"));
  const orphan = (): void => {
    if (isAlive(daemon)) process.kill(daemon, "SIGTERM");
  };
  process.once("exit", orphan);
  const workers = (): number[] => childrenOf(daemon).filter(isAlive);
  return {
    url: `http://127.0.0.1:${port}`,
    workers,
    // Only its own processes hear of "ready".
    servingSince: [],
    reload: async () => {
      const before = workers();
      await pm2(home, "reload", "bench");
      while (before.some(isAlive)) await setTimeout(20);
    },
    named: () => {
      const log = join(home, "logs/bench-error-0.log");
      return existsSync(log) ? /plain\.ts:\d+/.exec(readFileSync(log, "utf8"))?.[0] : undefined;
    },
    stop: async () => {
      await pm2(home, "kill");
      while (isAlive(daemon)) await setTimeout(20);
      process.off("exit", orphan);
    },
  };
}

export const pm2Cluster: Kind = { name: "pm2", prepare, start };
