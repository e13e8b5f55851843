// Starts FastAPI on gunicorn with uvicorn's workers, uvloop and httptools, if they are there.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Contender, childrenOf, freePort, isAlive, type Kind } from "./contender.ts";

const folder = fileURLToPath(new URL("./apps", import.meta.url));
const packages = "python3-fastapi gunicorn python3-uvicorn python3-uvloop python3-httptools";
let python = "";

function prepare(): string | undefined {
  // Debian's, whichever else comes first in the path, unless another is asked for.
  for (const candidate of [process.env.PYTHON ?? "/usr/bin/python3", "python3"]) {
    const versions =
      "import fastapi, gunicorn, httptools, uvicorn, uvloop; print(gunicorn.__version__, uvicorn.__version__)";
    const { status, stdout } = spawnSync(candidate, ["-c", versions], { encoding: "utf8" });
    if (status !== 0) continue;
    python = candidate;
    const [itself, worker] = stdout.trim().split(" ");
    console.log(`gunicorn ${itself} with uvicorn ${worker}`);
    return undefined;
  }
  return `gunicorn and FastAPI are missing and are left out: apt-get install -y ${packages}`;
}

async function start(timeout = 30): Promise<Contender> {
  const port = await freePort();
  const worker = ["--workers", "2", "--worker-class", "uvicorn.workers.UvicornWorker", "--timeout", String(timeout)];
  // Longer than any connection is idle here, so it closes none by itself.
  const bound = ["--bind", `127.0.0.1:${port}`, "--keep-alive", "75"];
  const child = spawn(python, ["-m", "gunicorn", ...worker, ...bound, "--chdir", folder, "fastapi_app:app"], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const orphan = (): void => void child.kill("SIGKILL");
  process.once("exit", orphan);
  const servingSince: number[] = [];
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    // Its own words for a worker that answers.
    for (const _ of chunk.matchAll(/Application startup complete/g)) servingSince.push(performance.now());
    said += chunk;
  });
  const until = async (serving: number): Promise<void> => {
    while (servingSince.length < serving) {
      if (child.exitCode !== null) throw new Error(`gunicorn ended:\n${said}`);
      await setTimeout(5);
    }
  };
  await until(2);
  const workers = (): number[] => childrenOf(child.pid ?? 0).filter(isAlive);
  return {
    url: `http://127.0.0.1:${port}`,
    workers,
    servingSince,
    reload: async () => {
      const before = workers();
      const wanted = servingSince.length + 2;
      child.kill("SIGHUP");
      await until(wanted);
      while (before.some(isAlive)) await setTimeout(20);
    },
    named: () => /fastapi_app\.py.*line \d+/.exec(said)?.[0] ?? /File ".*fastapi_app.*/.exec(said)?.[0],
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
      process.off("exit", orphan);
    },
  };
}

export const gunicorn: Kind = { name: "gunicorn", prepare, start };
