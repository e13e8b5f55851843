import { chownSync, cpSync, globSync, lchownSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../pack.ts";
import type { Stage, Step } from "./dockerfile.ts";
import { type Base, endOf, makeRoot, startInside } from "./sandbox.ts";

/** What a stage has come to. */
export interface Built {
  /** What is `/` in it. */
  readonly folder: string;
  readonly env: Record<string, string>;
  workdir: string;
}

/** What a stage is built with. */
export interface Builder {
  readonly base: Base;
  /** The numbers of a user who is not root; the image "node" has one with these. */
  readonly user: string;
  /** A folder that keeps what npm has fetched. */
  readonly npmCache: string;
  /** The stages before, by name. */
  readonly stages: ReadonlyMap<string, Built>;
}

/** What npm needs to reach its registry from here, proxies and certificates included. */
function npmEnvironment(): Record<string, string> {
  const known = /^(npm_config_(registry|cafile)|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy)$/i;
  const found = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && known.test(name) ? [[name, value]] : [],
  );
  return Object.fromEntries(found);
}

/** The paths that the build may see of the repository. */
export function allowedPaths(): readonly string[] {
  const text = readFileSync(join(root, "examples/conduit/deploy/Dockerfile.dockerignore"), "utf8");
  const lines = text.split("\n").filter((line) => line.startsWith("!"));
  return lines.flatMap((line) => globSync(line.slice(1), { cwd: root }));
}

/** What a COPY copies, from the context or from another stage. */
export function copied(step: Extract<Step, { kind: "copy" }>, from: string): readonly string[] {
  const patterns = step.sources.map((source) => source.replace(/^\//, ""));
  const found = patterns.flatMap((pattern) => {
    const paths = globSync(pattern, { cwd: from });
    if (paths.length === 0) throw new Error(`COPY ${pattern}: there is no such file`);
    return paths;
  });
  const allowed = step.from === undefined ? allowedPaths() : found;
  const refused = found.filter((path) => !allowed.some((one) => path === one || path.startsWith(`${one}/`)));
  if (refused.length > 0) throw new Error(`COPY: Dockerfile.dockerignore leaves out ${refused.join(", ")}`);
  return found;
}

function copy(built: Built, step: Extract<Step, { kind: "copy" }>, { stages }: Builder): void {
  const from = step.from === undefined ? root : stages.get(step.from)?.folder;
  if (from === undefined) throw new Error(`COPY --from=${step.from}: there is no such stage`);
  const target = join(built.folder, step.target.startsWith("/") ? "" : built.workdir, step.target);
  for (const path of copied(step, from)) {
    // A folder gives what is in it; a file goes below its name where the target ends with a slash.
    const to = step.target.endsWith("/") ? join(target, basename(path)) : target;
    cpSync(join(from, path), to, { recursive: true, verbatimSymlinks: true });
  }
}

/** Gives a folder, with all that is in it, to a user. */
export function give(folder: string, user: string): void {
  const [uid = 0, gid = 0] = user.split(":").map(Number);
  chownSync(folder, uid, gid);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    lchownSync(join(folder, name), uid, gid);
}

async function run(built: Built, { command, caches }: Extract<Step, { kind: "run" }>, builder: Builder): Promise<void> {
  const { folder, workdir } = built;
  const { base, user, npmCache } = builder;
  process.stdout.write(`  RUN ${command}\n`);
  for (const target of caches) mkdirSync(join(folder, target), { recursive: true });
  // An engine would run it as root, to whom all of it belongs. npm keeps its log below the home folder.
  give(join(folder, workdir), user);
  give(join(folder, "root"), user);
  const mounts = Object.fromEntries(caches.map((target) => [target, npmCache]));
  const env = { ...npmEnvironment(), ...built.env, HOME: "/root" };
  const child = startInside(base, { folder, env, workdir, user, container: false, mounts }, ["/bin/sh", "-c", command]);
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  const code = await endOf(child);
  if (code !== 0) throw new Error(`RUN ${command}: exit code ${code}`);
}

/** Does what a stage says, in a folder. */
export async function build(stage: Stage, folder: string, builder: Builder): Promise<Built> {
  makeRoot(folder);
  const built: Built = { folder, env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }, workdir: "/" };
  for (const step of stage.steps) {
    switch (step.kind) {
      case "workdir":
        built.workdir = step.path;
        mkdirSync(join(folder, step.path), { recursive: true });
        break;
      case "env":
        built.env[step.name] = step.value.replace(/\$([A-Z_]+)/g, (_, name: string) => built.env[name] ?? "");
        break;
      case "copy":
        copy(built, step, builder);
        break;
      case "run":
        await run(built, step, builder);
        break;
      default:
        step satisfies never;
    }
  }
  return built;
}
