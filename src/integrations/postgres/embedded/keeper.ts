/**
 * The keeper: a small process that owns the PostgreSQL server of one folder. `server.ts` starts it, detached, when a
 * folder has none. Whoever uses the server holds one connection to the keeper; the system closes it when its process
 * ends, however it ends, so references can be neither leaked nor forgotten.
 *
 *   starting -> ready -> stopping -> (process ends)
 *       \________ failed ______________^
 *
 * - starting: users that connect wait for the answer.
 * - ready: users get the port and the password. When the last one leaves, the server stays for its `linger`.
 * - failed: every user gets the reason, then the keeper ends.
 * - stopping: new users are turned away by closing their connection; they look for the next keeper.
 *
 * A server that dies by itself is started again. This file imports nothing but Node and its neighbours, for it must start fast.
 */
import { randomBytes } from "node:crypto";
import { access } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { type Cluster, startCluster } from "./cluster.ts";
import { disarmGuards, type Guard, setGuard } from "./guard.ts";
import { claim, recordPath } from "./keeper-record.ts";
import { identify } from "./process-identity.ts";
import { type Failure, type Hello, type KeeperAnswer, type KeeperOrder, onFirstMessage, send } from "./protocol.ts";
import { EmbeddedFailure } from "./unprivileged.ts";

const patienceForHello = 5_000;
const patienceForFirstUser = 10_000;
const restartsPerMinute = 5;
const folderCheckInterval = 1_000;

class Keeper {
  #state: "starting" | "ready" | "failed" | "stopping" = "starting";
  #answer: KeeperAnswer | undefined;
  #cluster: Cluster | undefined;
  #guard: Guard | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #startup: Promise<void> | undefined;
  readonly #users = new Map<Socket, Hello>();
  readonly #restarts: number[] = [];
  readonly #order: KeeperOrder;
  readonly #token: string;

  constructor(order: KeeperOrder, token: string) {
    this.#order = order;
    this.#token = token;
  }

  /** Takes a connection; it counts as a user once it has said the token. */
  accept(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    socket.setTimeout(patienceForHello, () => socket.destroy());
    onFirstMessage(socket, (message) => {
      // Checked field by field below; what else it holds is not read.
      const hello = message as Partial<Hello> | null;
      if (hello?.token !== this.#token || typeof hello.linger !== "number") return void socket.destroy();
      if (this.#state === "stopping") return void socket.destroy();
      socket.setTimeout(0);
      this.#join(socket, { token: hello.token, linger: hello.linger });
    });
  }

  #join(socket: Socket, hello: Hello): void {
    clearTimeout(this.#lingering);
    this.#users.set(socket, hello);
    const leave = (): void => this.#leave(socket, hello.linger);
    socket.once("end", leave);
    socket.once("close", leave);
    if (this.#answer !== undefined) send(socket, this.#answer);
  }

  #leave(socket: Socket, linger: number): void {
    if (!this.#users.delete(socket)) return;
    // The last one with no linger keeps its half open until the server has stopped: that is how it can wait for it.
    const waits = this.#users.size === 0 && linger <= 0 && this.#state === "ready";
    if (!waits) socket.end();
    if (this.#users.size === 0 && this.#state === "ready") this.#linger(linger);
  }

  #linger(milliseconds: number): void {
    clearTimeout(this.#lingering);
    if (milliseconds <= 0) void this.stop();
    else this.#lingering = setTimeout(() => void this.stop(), milliseconds);
  }

  /** Starts or adopts the server and tells everyone who waits. */
  start(): Promise<void> {
    this.#startup = this.#open();
    return this.#startup;
  }

  async #open(): Promise<void> {
    try {
      await disarmGuards(this.#order.folder);
      await this.#run(await startCluster(this.#order));
      if (this.#state === "starting") this.#state = "ready";
      if (this.#users.size === 0) this.#linger(patienceForFirstUser);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #run(cluster: Cluster): Promise<void> {
    this.#cluster = cluster;
    this.#guard = await setGuard(this.#order.folder, cluster.pid, cluster.pidFile);
    this.#tell({ kind: "ready", port: cluster.port, password: cluster.password });
    void cluster.gone.then(() => this.#onGone());
  }

  #tell(answer: KeeperAnswer): void {
    this.#answer = answer;
    for (const socket of this.#users.keys()) send(socket, answer);
  }

  #fail(error: unknown): void {
    this.#state = "failed";
    const failure: Failure =
      error instanceof EmbeddedFailure
        ? error.failure
        : { what: this.#order.folder, why: `could not be served: ${String(error)}`, fix: "Look at keeper.log there" };
    if (!(error instanceof EmbeddedFailure)) console.error(error);
    this.#tell({ kind: "failed", ...failure });
    // Long enough for whoever started this to hear the reason.
    setTimeout(() => process.exit(1), 1_000);
  }

  async #onGone(): Promise<void> {
    if (this.#state === "stopping") return;
    this.#answer = undefined;
    await this.#guard?.dismiss();
    const minuteAgo = Date.now() - 60_000;
    this.#restarts.push(Date.now());
    if (this.#restarts.filter((at) => at > minuteAgo).length > restartsPerMinute) {
      return this.#fail(new EmbeddedFailure(tooManyRestarts(this.#order.folder)));
    }
    this.#startup = startCluster(this.#order).then(
      (cluster) => this.#run(cluster),
      (error) => this.#fail(error),
    );
    await this.#startup;
  }

  /** Stops the server and ends this process; everyone still connected sees the connection close. */
  async stop(): Promise<void> {
    if (this.#state === "stopping") return;
    this.#state = "stopping";
    await this.#startup;
    await this.#cluster?.stop();
    await this.#guard?.dismiss();
    process.exit(0);
  }
}

function tooManyRestarts(folder: string): Failure {
  return { what: folder, why: "holds a server that keeps dying", fix: "Look at postgres.log there" };
}

/** Who removes the folder wants the server gone too, not a server that writes into files without a name. */
function stopWithFolder(keeper: Keeper, path: string): void {
  setInterval(() => {
    access(path).catch(() => keeper.stop());
  }, folderCheckInterval);
}

async function main(order: KeeperOrder): Promise<void> {
  const token = randomBytes(24).toString("base64url");
  const keeper = new Keeper(order, token);
  const listener = createServer({ allowHalfOpen: true }, (socket) => keeper.accept(socket));
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = listener.address();
  const self = await identify(process.pid);
  if (self === undefined || typeof address !== "object" || address === null)
    throw new Error("This process cannot be identified");
  const generation = await claim(order.folder, { ...self, port: address.port, token });
  process.stdout.write(generation === undefined ? "taken\n" : "claimed\n");
  if (generation === undefined) process.exit(0);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void keeper.stop());
  // A closed terminal is no reason: the keeper has none.
  process.on("SIGHUP", () => {});
  stopWithFolder(keeper, recordPath(order.folder, generation));
  await keeper.start();
}

// The order comes from `server.ts`, which is the only one to start this file.
await main(JSON.parse(process.argv[2] ?? "{}") as KeeperOrder);
