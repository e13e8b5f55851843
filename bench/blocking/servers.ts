// Starts and ends the servers of the bench: one worker process each, on 127.0.0.1, in production mode.
import { type ChildProcess, fork, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** A server that runs. */
export interface Server {
  readonly url: string;
  /** Lines of its output that tell of a blocked event loop. */
  readonly reports: readonly string[];
  stop(): Promise<void>;
}

const folder = new URL("./servers/", import.meta.url);
const env = { ...process.env, NODE_ENV: "production", HOST: "", PORT: "" };

function running(child: ChildProcess, url: string, reports: readonly string[] = []): Server {
  const ended = once(child, "exit");
  const orphan = (): void => void child.kill("SIGKILL");
  process.once("exit", orphan);
  return {
    url,
    reports,
    stop: async () => {
      child.kill("SIGTERM");
      // A server that is in the middle of its work may take its time; the bench does not.
      const force = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(force);
      process.off("exit", orphan);
    },
  };
}

/** Starts a server of this folder that announces its port. */
export async function startNode(name: string): Promise<Server> {
  const child = fork(new URL(`${name}.ts`, folder), {
    execArgv: ["--conditions=kilnjs-source"],
    env,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const reports: string[] = [];
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    reports.push(...lines.filter((line) => line.includes("event_loop_blocked")));
  });
  const announced = once(child, "message") as Promise<[{ readonly port: number }]>;
  const [{ port }] = await Promise.race([announced, failure(child, name)]);
  return running(child, `http://127.0.0.1:${port}`, reports);
}

async function failure(child: ChildProcess, name: string): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`${name} ended with ${code} before it listened`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

/** A Python that has what FastAPI runs on: Debian's, whichever else comes first in the path. */
function pythonWithFastapi(): string | undefined {
  const modules = "import fastapi, gunicorn, httptools, uvicorn, uvloop";
  return ["/usr/bin/python3", "python3"].find((python) => {
    const { status } = spawnSync(python, ["-c", modules], { stdio: "ignore" });
    return status === 0;
  });
}

const packages = "python3-fastapi gunicorn python3-uvicorn python3-uvloop python3-httptools";
let found: string | undefined;

/** Why FastAPI cannot be measured here, if it cannot. */
export function fastapiMissing(): string | undefined {
  found ??= pythonWithFastapi();
  return found === undefined ? `FastAPI is missing and is left out: apt-get install -y ${packages}` : undefined;
}

/** Starts FastAPI on gunicorn, uvicorn and uvloop, with the work where `burn` says; ask `fastapiMissing` before. */
export async function startFastapi(burn: "async" | "def"): Promise<Server> {
  const port = await freePort();
  const options: SpawnOptions = {
    env: { ...env, BURN: burn, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  };
  const worker = ["--workers", "1", "--worker-class", "uvicorn.workers.UvicornWorker"];
  const bound = ["--bind", `127.0.0.1:${port}`, "--keep-alive", "75", "--graceful-timeout", "3"];
  const child = spawn(
    found ?? "python3",
    ["-m", "gunicorn", ...worker, ...bound, "--chdir", fileURLToPath(folder), "fastapi_app:app"],
    options,
  );
  const started = new Promise<void>((resolve) => {
    let said = "";
    // Its own words for a worker that answers.
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
      if (said.includes("Application startup complete")) resolve();
    });
  });
  await Promise.race([started, failure(child, "gunicorn")]);
  return running(child, `http://127.0.0.1:${port}`);
}
