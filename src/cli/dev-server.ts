import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { ListenAddress } from "../app/listen.ts";
import { ownFile } from "../errors/own-files.ts";
import { Handover } from "../server/handover.ts";
import type { SupervisorMessage, WorkerMessage, WorkerOrder } from "../server/messages.ts";
import { WorkerHandle } from "../server/worker-handle.ts";
import { explainListening } from "./listening.ts";
import type { ServeOptions } from "./main.ts";
import { installationOf } from "./preload.ts";

/** What happens to the processes that serve. */
export interface DevServerEvents {
  /** Files of modules that were loaded, as absolute paths. */
  readonly onLoaded: (files: readonly string[]) => void;
  /** The app uses the embedded database in this folder. */
  readonly onDatabase: (folder: string) => void;
  /** The port cannot be had. */
  readonly onListenError: (error: unknown) => void;
  /** What was to serve did not start, or has ended by itself; `serving`: the version before it goes on. */
  readonly onFailed: (how: string, serving: boolean) => void;
}

/** How long the version before may take to end in order before it is forced, in milliseconds. */
const patience = 2_000;

function spawnChild(): ChildProcess {
  const file = fileURLToPath(ownFile("cli/dev-child"));
  return spawn(process.execPath, [...process.execArgv, file], {
    // A group of its own: Ctrl-C in the terminal comes to us, who end it in order.
    detached: process.platform !== "win32",
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, NODE_ENV: process.env.NODE_ENV || "development" },
  });
}

/**
 * Serves the app from one worker, and a new one after each change. The port is ours: while the new one starts,
 * connections wait for it; if it does not start, the old one, which has served on, gets them. A spare process that has
 * loaded Kiln, and the packages that the app uses, waits for the next change: that is most of the time that a start takes.
 *
 *   current: none -> serves -> leaves       next: none -> starts -> becomes current, or fails
 */
export class DevServer {
  #ending = false;
  #current: WorkerHandle | undefined;
  #next: WorkerHandle | undefined;
  #spare: ChildProcess | undefined;
  /** Modules of packages that the app loads. */
  #packages: readonly string[] = [];
  /** What was installed when the spare was started. */
  #installation = 0;
  #handover = new Handover();
  /** Where the app wanted to listen when the port was taken. */
  #wanted: ListenAddress | undefined;
  readonly #all = new Set<WorkerHandle>();
  readonly #entry: string;
  readonly #options: ServeOptions;
  readonly #events: DevServerEvents;

  constructor(entry: string, options: ServeOptions, events: DevServerEvents) {
    this.#entry = entry;
    this.#options = options;
    this.#events = events;
  }

  /** Whether the latest version is one that did not start. */
  get failed(): boolean {
    return this.#failed;
  }

  #failed = false;

  /** Starts the app as it is now, to take the place of the one that serves. */
  start(): void {
    if (this.#ending) return;
    this.#failed = false;
    const before = this.#next;
    this.#next = undefined;
    if (before !== undefined) this.#leave(before);
    // Who asks from now on wants to see the change, on a connection that is kept alive too.
    if (this.#current !== undefined) {
      this.#handover.remove(this.#current);
      this.#current.tell({ kiln: "pause" });
    }
    this.#handover.accept(true);
    const child = this.#takeSpare() ?? spawnChild();
    this.#next = new WorkerHandle(child, this.#order(), {
      onMessage: (worker, message) => this.#onMessage(worker, message),
      onExit: (worker) => this.#onExit(worker),
    });
    this.#all.add(this.#next);
  }

  /** The spare process, unless other versions of packages have been installed since it has loaded them. */
  #takeSpare(): ChildProcess | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    if (this.#installation === installationOf()) return spare;
    spare?.kill("SIGKILL");
    return undefined;
  }

  #order(): WorkerOrder {
    const { port, host } = this.#options;
    return {
      entry: this.#entry,
      role: "web",
      number: 0,
      generation: 1,
      once: true,
      announce: true,
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      transport: {},
      beat: 60_000,
      readyTimeout: 0,
      maxRequests: 0,
    };
  }

  #onMessage(worker: WorkerHandle, message: WorkerMessage): void {
    switch (message.kiln) {
      case "loaded":
        return this.#events.onLoaded(message.files);
      case "packages":
        this.#packages = message.urls;
        return this.#keepSpare();
      case "database":
        return this.#events.onDatabase(message.folder);
      case "ready":
        worker.ready = message.ready;
        return void this.#listen(worker, message.ready.address);
      case "serving":
        return this.#swap(worker);
      case "connections":
        worker.open = message.open;
        if (message.took !== undefined) this.#handover.took(worker, message.took);
        return;
      case "refused":
        return this.#handover.giveBack(worker, message.id);
      case "closed":
      case "crashed":
        return this.#handover.remove(worker);
      default:
    }
  }

  async #listen(worker: WorkerHandle, wanted: ListenAddress): Promise<void> {
    try {
      if (!isDeepStrictEqual(wanted, this.#wanted)) {
        const handover = new Handover();
        await handover.listen(wanted);
        this.#handover.close();
        this.#handover.dropWaiting();
        this.#handover = handover;
        this.#wanted = wanted;
      }
    } catch (error) {
      this.#events.onListenError(explainListening(error));
      return this.#leave(worker);
    }
    const { address } = this.#handover;
    if (address !== undefined) worker.tell({ kiln: "serve", address });
  }

  #swap(worker: WorkerHandle): void {
    if (worker !== this.#next) return;
    const before = this.#current;
    this.#current = worker;
    this.#next = undefined;
    this.#handover.add(worker);
    if (before !== undefined) this.#leave(before);
  }

  /** Once the app serves, so that it does not compete with its start. */
  #keepSpare(): void {
    if (this.#spare !== undefined || this.#ending) return;
    const spare = spawnChild();
    this.#spare = spare;
    this.#installation = installationOf();
    const preload: SupervisorMessage = { kiln: "preload", urls: this.#packages };
    spare.send(preload, () => {});
    // One that cannot be started, or is gone before its order comes, is told by its end.
    spare.on("error", () => {});
    spare.once("exit", () => {
      if (this.#spare === spare) this.#spare = undefined;
    });
  }

  #leave(worker: WorkerHandle): void {
    this.#handover.remove(worker);
    worker.leave("reload", 0, () => {});
    // A restart must not be felt for long.
    const force = setTimeout(() => worker.kill("overdue"), patience);
    void worker.gone.then(() => clearTimeout(force));
  }

  #onExit(worker: WorkerHandle): void {
    this.#all.delete(worker);
    this.#handover.remove(worker);
    this.#handover.giveBack(worker);
    const how = worker.exit.signal ?? `exit code ${worker.exit.exit_code}`;
    if (worker === this.#next) {
      this.#next = undefined;
      if (this.#current !== undefined) {
        this.#current.tell({ kiln: "resume" });
        this.#handover.add(this.#current);
      }
    } else if (worker === this.#current) this.#current = undefined;
    else return;
    if (this.#ending || this.#next !== undefined) return;
    this.#failed = true;
    // A client is better told now than after the next change.
    if (this.#current === undefined) this.#handover.accept(false);
    this.#events.onFailed(how, this.#current !== undefined);
  }

  /** Lets the app end in order, and resolves when its processes have; a further call forces. */
  async end(): Promise<void> {
    const isSecond = this.#ending;
    this.#ending = true;
    this.#handover.close();
    this.#handover.dropWaiting();
    // The spare has nothing to end in order.
    this.#spare?.kill("SIGKILL");
    for (const worker of this.#all) {
      if (isSecond) worker.kill("stop");
      else worker.leave("stop", undefined, () => {});
    }
    await Promise.all([...this.#all].map(({ gone }) => gone));
  }
}
