import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type DevMessage, type DevOrder, isDevMessage } from "./dev-message.ts";
import type { ServeOptions } from "./main.ts";

/** What happens to the process that serves. */
export interface DevServerEvents {
  readonly onMessage: (message: DevMessage) => void;
  /** It ended by itself, so nothing serves until the next change. */
  readonly onFailed: (how: string) => void;
}

/** How long a process may take to end in order before it is forced, in milliseconds. A restart must not be felt. */
const patience = 2_000;

function spawnChild(): ChildProcess {
  const file = fileURLToPath(new URL(`./dev-child${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, file], {
    // A group of its own: Ctrl-C in the terminal comes to us, we pass it on once. Twice would mean force.
    detached: process.platform !== "win32",
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, NODE_ENV: process.env.NODE_ENV || "development" },
  });
  // One that cannot be started, or is gone before its order comes, is told by its end.
  child.on("error", () => {});
  return child;
}

/**
 * Keeps one process that serves the app, and a spare one that has loaded Kiln and waits: starting Node and loading the
 * packages is most of the time that a start takes, so it is done before it is needed.
 *
 *   stopped --start--> running --restart--> stopping --exit--> running
 *                         \---exit---> failed --restart--> running
 *   any --end--> ending --exit--> ended
 */
export class DevServer {
  #state: "stopped" | "running" | "stopping" | "failed" | "ending" | "ended" = "stopped";
  #child: ChildProcess | undefined;
  #spare: ChildProcess | undefined;
  #port: number | undefined;
  readonly #entry: string;
  readonly #options: ServeOptions;
  readonly #events: DevServerEvents;

  constructor(entry: string, options: ServeOptions, events: DevServerEvents) {
    this.#entry = entry;
    this.#options = options;
    this.#events = events;
  }

  get failed(): boolean {
    return this.#state === "failed";
  }

  start(): void {
    this.#state = "running";
    const child = this.#spare ?? spawnChild();
    this.#spare = undefined;
    this.#child = child;
    // A port that was chosen by the system stays the same for the next process.
    const options = this.#port === undefined ? this.#options : { ...this.#options, port: this.#port };
    const order: DevOrder = { entry: this.#entry, options };
    child.send(order, () => {});
    child.on("message", (message) => this.#take(message));
    child.once("exit", (code, signal) => this.#gone(signal ?? `exit code ${code}`));
  }

  #take(message: unknown): void {
    if (!isDevMessage(message)) return;
    if (message.kind === "ready") {
      this.#port = message.port;
      this.#keepSpare();
    }
    this.#events.onMessage(message);
  }

  /** Once the app serves, so that it does not compete with its start. */
  #keepSpare(): void {
    if (this.#spare !== undefined || this.#state !== "running") return;
    const spare = spawnChild();
    this.#spare = spare;
    spare.once("exit", () => {
      if (this.#spare === spare) this.#spare = undefined;
    });
  }

  #gone(how: string): void {
    this.#child = undefined;
    switch (this.#state) {
      case "stopping":
        return this.start();
      case "ending":
        this.#state = "ended";
        return;
      case "running":
        this.#state = "failed";
        return this.#events.onFailed(how);
      case "stopped":
      case "failed":
      case "ended":
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** Ends the process and starts another; starts one when there is none. */
  restart(): void {
    if (this.#state === "failed") return this.start();
    if (this.#state !== "running") return;
    this.#state = "stopping";
    this.#stop();
  }

  #stop(): void {
    const child = this.#child;
    if (child === undefined) return;
    child.kill("SIGTERM");
    // A second signal forces, and the last cannot be refused.
    const force = setTimeout(() => child.kill("SIGTERM"), patience);
    const kill = setTimeout(() => child.kill("SIGKILL"), 2 * patience);
    child.once("exit", () => {
      clearTimeout(force);
      clearTimeout(kill);
    });
  }

  /**
   * Passes a signal on and resolves when the processes have ended. A further call passes a further signal on, which
   * forces.
   */
  async end(signal: NodeJS.Signals): Promise<void> {
    const spare = this.#spare;
    const child = this.#child;
    this.#spare = undefined;
    this.#state = child === undefined ? "ended" : "ending";
    // The spare has nothing to end in order.
    if (spare !== undefined) await ended(spare, "SIGKILL");
    // A terminal that was closed is no emergency: the app ends in order.
    if (child !== undefined) await ended(child, signal === "SIGHUP" ? "SIGTERM" : signal);
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}
