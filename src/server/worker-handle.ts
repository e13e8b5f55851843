import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Taker } from "./handover.ts";
import {
  type Beat,
  type EndReason,
  isKilnMessage,
  type Ready,
  type SupervisorMessage,
  type WorkerMessage,
  type WorkerOrder,
} from "./messages.ts";

/** What is told of a worker's process. */
export interface WorkerEvents {
  readonly onMessage: (worker: WorkerHandle, message: WorkerMessage) => void;
  readonly onExit: (worker: WorkerHandle) => void;
}

/** How long a worker that is told to leave may overstay what its own shutdown takes, in milliseconds. */
const margin = 5_000;
/** What a shutdown may take as long as the worker has not said it. */
const unknownBudget = 10_000;

/** One worker as the supervisor sees it; its states stand in `messages.ts`. */
export class WorkerHandle implements Taker {
  state: "starting" | "ready" | "leaving" | "ended" = "starting";
  readonly order: WorkerOrder;
  readonly startedAt: number = performance.now();
  readyAt: number | undefined;
  /** When it was last heard of. */
  heardAt: number = performance.now();
  ready: Ready | undefined;
  beat: Beat | undefined;
  open = 0;
  /** Why it is to be replaced. */
  retiring: EndReason | undefined;
  /** The one that it is to replace, as long as that one is there. */
  replaces: WorkerHandle | undefined;
  /** Why it has been told to end, or was ended. */
  endReason: EndReason | undefined;
  /** What it said of its failure. */
  failure: string | undefined;
  /** How its process ended. */
  exit: { readonly exit_code?: number; readonly signal?: string } = {};
  /** Whether it was on its way out when it ended. */
  expected = false;
  /** Resolves when its process has ended. */
  readonly gone: Promise<void>;
  readonly #process: ChildProcess;
  #overstay: NodeJS.Timeout | undefined;

  constructor(process: ChildProcess, order: WorkerOrder, events: WorkerEvents) {
    this.#process = process;
    this.order = order;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    process.on("message", (message: unknown) => {
      // A worker of ours sends nothing else under this name.
      if (isKilnMessage(message)) events.onMessage(this, message as WorkerMessage);
    });
    process.once("exit", (code, signal) => {
      clearTimeout(this.#overstay);
      this.expected = this.state === "leaving";
      this.state = "ended";
      this.exit = signal === null ? { exit_code: code ?? 0 } : { signal };
      events.onExit(this);
      resolve();
    });
    // One that cannot be told anything is gone, or will be found silent.
    process.on("error", () => {});
    this.tell({ kiln: "start", order });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get label(): { readonly worker: number; readonly role: string; readonly worker_pid: number } {
    return { worker: this.order.number, role: this.order.role, worker_pid: this.pid };
  }

  /** Whether it is there to stay: neither ended nor on its way out. */
  get staying(): boolean {
    return this.state === "starting" || this.state === "ready";
  }

  tell(message: SupervisorMessage, socket?: Socket): void {
    // Our copy of a socket stays open until the worker has said that it has it.
    this.#process.send(message, socket, { keepOpen: true }, () => {});
  }

  give(id: number, socket: Socket): void {
    this.tell({ kiln: "connection", id }, socket);
  }

  /**
   * Lets it end in order, and by force when it overstays.
   *
   * @param linger see the message `leave`
   * @param onOverstay told before it is killed
   */
  leave(reason: EndReason, linger: number | undefined, onOverstay: () => void): void {
    if (!this.staying) return;
    this.#expectEnd(reason, (this.ready?.budget ?? unknownBudget) + (linger ?? 0) + margin, onOverstay);
    this.tell(linger === undefined ? { kiln: "leave" } : { kiln: "leave", linger });
  }

  /** It is about to end without having been told to. */
  endsItself(reason: EndReason): void {
    this.#expectEnd(reason, unknownBudget + margin, () => {});
  }

  #expectEnd(reason: EndReason, patience: number, onOverstay: () => void): void {
    this.state = "leaving";
    this.endReason ??= reason;
    this.#overstay = setTimeout(() => {
      onOverstay();
      this.kill("overdue");
    }, patience);
  }

  /** Ends it at once. */
  kill(reason: EndReason): void {
    this.endReason ??= reason;
    this.#process.kill("SIGKILL");
  }
}
