import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { DevOrder } from "./dev-child.ts";
import { type DevMessage, isDevMessage } from "./dev-message.ts";
import type { ServeOptions } from "./main.ts";

/** What happens to the process that serves. */
export interface DevServerEvents {
  readonly onMessage: (message: DevMessage) => void;
  /** It ended by itself, so nothing serves until the next change. */
  readonly onFailed: (how: string) => void;
}

/** How long a process may take to end in order before it is forced, in milliseconds. A restart must not be felt. */
const patience = 2_000;

/**
 * Keeps one process of the app:
 *
 *   stopped --start--> running --restart--> stopping --exit--> running
 *                         \---exit---> failed --restart--> running
 *   any --end--> ending --exit--> ended
 */
export class DevServer {
  #state: "stopped" | "running" | "stopping" | "failed" | "ending" | "ended" = "stopped";
  #child: ChildProcess | undefined;
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
    const file = fileURLToPath(new URL(`./dev-child${extname(import.meta.url)}`, import.meta.url));
    const order: DevOrder = { entry: this.#entry, options: this.#serveOptions() };
    const child = spawn(process.execPath, [...process.execArgv, file, JSON.stringify(order)], {
      // A group of its own: Ctrl-C in the terminal comes to us, we pass it on once. Twice would mean force.
      detached: process.platform !== "win32",
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      env: { ...process.env, NODE_ENV: process.env.NODE_ENV || "development" },
    });
    this.#child = child;
    child.on("message", (message) => this.#take(message));
    child.once("error", (error) => this.#gone(String(error)));
    child.once("exit", (code, signal) => this.#gone(signal ?? `exit code ${code}`));
  }

  /** A port that was chosen by the system stays the same for the next process. */
  #serveOptions(): ServeOptions {
    return this.#port === undefined ? this.#options : { ...this.#options, port: this.#port };
  }

  #take(message: unknown): void {
    if (!isDevMessage(message)) return;
    if (message.kind === "ready") this.#port = message.port;
    this.#events.onMessage(message);
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
    this.#stop("SIGTERM");
  }

  #stop(signal: NodeJS.Signals): void {
    const child = this.#child;
    if (child === undefined) return;
    child.kill(signal);
    // A second signal forces, and the last cannot be refused.
    const force = setTimeout(() => child.kill(signal), patience);
    const kill = setTimeout(() => child.kill("SIGKILL"), 2 * patience);
    child.once("exit", () => {
      clearTimeout(force);
      clearTimeout(kill);
    });
  }

  /**
   * Passes a signal on and resolves when the process has ended. A further call passes a further signal on, which forces.
   */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#state = child === undefined ? "ended" : "ending";
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    // A terminal that was closed is no emergency: the app ends in order.
    child.kill(signal === "SIGHUP" ? "SIGTERM" : signal);
    await gone;
  }
}
