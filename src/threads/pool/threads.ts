import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type { Piscina } from "piscina";
import { ownFile } from "../../errors/own-files.ts";
import { type Call, keepArguments } from "./call.ts";
import { CallQueue, callOf, ofCall } from "./call-queue.ts";
import { loggerFor, loggerLevel } from "./lines.ts";
import type { CallMessage, Outcome, WarmMessage } from "./messages.ts";
import type { CheckedThreadOptions } from "./options.ts";

/** Who is told how calls end. */
export interface CallEnds {
  /** A function has returned or thrown. */
  ended(call: Call, outcome: Outcome): void;
  /** No function will, because the thread has ended or never got the call. */
  lost(call: Call, error: unknown, args: readonly unknown[]): void;
  /** A thread says something beside results. */
  said(message: unknown): void;
}

type Balancer = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>["loadBalancer"]>;
type Message = (CallMessage | WarmMessage) & { readonly [ofCall]?: Call };

const require = createRequire(import.meta.url);
const noTransfer: ArrayBuffer[] = [];
const nothing: WarmMessage = { warm: [] };

/** Loads piscina, which takes some milliseconds in which nothing else runs: an app does it before it serves. */
export function loadPiscina(): typeof import("piscina") {
  // What `require` gives has the types of the package.
  return require("piscina") as typeof import("piscina");
}

/** Some threads and the calls in front of them. Piscina starts, feeds, idles and replaces the threads. */
export class Threads {
  /** Those that have not ended, by id. */
  readonly calls: Map<number, Call> = new Map();
  readonly #piscina: Piscina<Message, Outcome>;
  readonly #queue = new CallQueue();
  readonly #ends: CallEnds;
  /** Threads that have been told to end, and must not get another call. */
  readonly #ending = new Set<number>();

  constructor(size: number, options: CheckedThreadOptions, ends: CallEnds) {
    const { Piscina: Pool } = loadPiscina();
    this.#ends = ends;
    this.#piscina = new Pool<Message, Outcome>({
      filename: fileURLToPath(ownFile("threads/pool/worker")),
      minThreads: options.warm ? size : 0,
      maxThreads: size,
      idleTimeout: options.idleTimeout,
      resourceLimits: { maxOldGenerationSizeMb: options.heapLimit },
      taskQueue: this.#queue,
      // What has no thread goes back to the front.
      stricterFIFO: true,
      loadBalancer: this.#choose,
      recordTiming: false,
    });
    this.#piscina.on("message", (message: unknown) => ends.said(message));
    // A thread that fails while it has no call, for example in a timer that a function left: nobody else hears of it.
    this.#piscina.on("error", (error: unknown) => loggerFor(undefined).error({ err: error }, "thread_failed"));
  }

  get queued(): number {
    return this.#queue.size;
  }

  get count(): number {
    return this.#piscina.threads.length;
  }

  /**
   * Takes a call: it runs now or waits.
   *
   * @throws DataCloneError when it has to wait and its arguments cannot be kept; what Node throws when it may start no thread
   */
  run(call: Call): void {
    // What waits must not change meanwhile; what goes at once is cloned by that.
    if (this.#queue.size > 0 || this.#piscina.idleThreads === 0) keepArguments(call);
    const { definition, args, moved } = call;
    const message: Message = {
      id: call.id,
      url: definition.url,
      name: definition.name,
      args,
      level: loggerLevel(call.log),
      flag: call.flag,
      [ofCall]: call,
    };
    this.calls.set(call.id, call);
    this.#begin(call, message, moved).then(
      (outcome) => {
        if (this.calls.delete(call.id)) this.#ends.ended(call, outcome);
      },
      (error: unknown) => {
        this.#wake();
        if (this.calls.delete(call.id)) this.#ends.lost(call, error, args);
      },
    );
  }

  #begin(call: Call, message: Message, moved: readonly ArrayBuffer[]): Promise<Outcome> {
    try {
      return this.#piscina.run(message, { transferList: moved.length === 0 ? noTransfer : [...moved] });
    } catch (error) {
      // Piscina has queued it before Node refused a thread. It must not count as a call that will end.
      this.#queue.drop(call);
      this.calls.delete(call.id);
      throw error;
    }
  }

  /** Takes a call out of the queue; false when it does not wait. */
  drop(call: Call): boolean {
    return this.#queue.drop(call) && this.calls.delete(call.id);
  }

  /** Ends the thread of a call. Nobody is told how the call ends. */
  kill(call: Call): void {
    this.calls.delete(call.id);
    const worker = this.#piscina.threads.find(({ threadId }) => threadId === call.thread?.id);
    if (worker !== undefined) this.#terminate(worker);
  }

  /** Has every thread import these modules. */
  async warm(modules: readonly string[]): Promise<void> {
    const { minThreads } = this.#piscina.options;
    await Promise.all(Array.from({ length: minThreads }, () => this.#piscina.run({ warm: modules })));
  }

  /** Ends all threads. */
  async end(): Promise<void> {
    await this.#piscina.destroy();
  }

  readonly #choose: Balancer = (task, workers) => {
    const free = workers.find((worker) => worker.currentUsage === 0 && !this.#ending.has(worker.id));
    if (free === undefined) return null;
    const call = callOf(task);
    if (call !== undefined) call.thread = free;
    return free;
  };

  #terminate(worker: Worker): void {
    const { threadId } = worker;
    if (this.#ending.has(threadId)) return;
    this.#ending.add(threadId);
    worker.once("exit", () => {
      this.#ending.delete(threadId);
      this.#wake();
    });
    void worker.terminate();
  }

  /** Piscina starts no thread for what waits when one has ended, but it does for what comes. */
  #wake(): void {
    if (this.#queue.size > 0) void this.#startThread().catch(() => undefined);
  }

  /** A promise also of what `run` throws at once, when Node may start no thread. */
  async #startThread(): Promise<void> {
    await this.#piscina.run(nothing);
  }
}
