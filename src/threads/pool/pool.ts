import type { Piscina } from "piscina";
import { ThreadsBusy } from "./busy.ts";
import { type Call, cloneFailure, keepArguments } from "./call.ts";
import { argumentError, lostError } from "./call-errors.ts";
import { endCall, failCall, tellStopped } from "./ending.ts";
import { record } from "./figures.ts";
import { Lines, loggerLevel } from "./lines.ts";
import type { CallMessage, Outcome } from "./messages.ts";
import type { CheckedThreadOptions } from "./options.ts";
import { openThreads } from "./threads.ts";

/** What a pool is doing now. */
export interface PoolFigures {
  readonly size: number;
  /** Threads that are there, at work or not. */
  readonly threads: number;
  readonly busy: number;
  readonly queued: number;
}

const noTransfer: ArrayBuffer[] = [];

/**
 * Runs calls in threads, in the order in which they were made. The queue is kept here and not by piscina: there, calls
 * that can be stopped are not counted against its limit, and calls behind one that was stopped wait for the next one.
 *
 * Calls of clean-ups stand in a queue of their own, go first, and may have one thread more than the others. So a clean-up
 * never waits for the work that waits for it.
 */
export class Pool {
  readonly options: CheckedThreadOptions;
  readonly #waiting = new Set<Call>();
  readonly #cleanUps = new Set<Call>();
  readonly #running = new Map<number, Call>();
  readonly #lines = new Lines();
  #ordinary = 0;
  #threads: Piscina | undefined;
  #opening: Promise<Piscina> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: CheckedThreadOptions) {
    this.options = options;
  }

  get figures(): PoolFigures {
    return {
      size: this.options.size,
      threads: this.#threads?.threads.length ?? 0,
      busy: this.#running.size,
      queued: this.#waiting.size + this.#cleanUps.size,
    };
  }

  /** Takes a call: it runs now or waits, and its promise tells how it ends. */
  submit(call: Call): void {
    if (
      this.#waiting.size === 0 &&
      this.#hasRoom(call) &&
      this.#threads !== undefined &&
      this.#threads.idleThreads > 0
    ) {
      this.#start(call, this.#threads);
      return;
    }
    if (!call.cleaningUp && this.#ordinary + this.#waiting.size >= this.options.size + this.options.queue) {
      call.definition.figures.refused += 1;
      failCall(call, this.#busy());
      return;
    }
    const args = call.args ?? [];
    try {
      keepArguments(call);
    } catch (error) {
      failCall(call, cloneFailure(error) !== undefined ? argumentError(call, args, error) : error);
      return;
    }
    (call.cleaningUp ? this.#cleanUps : this.#waiting).add(call);
    this.#next();
  }

  /** Gives up a call, for a reason that its caller gets. */
  stop(call: Call, reason: unknown): void {
    if (call.state === "ended") return;
    const waited = this.#waiting.delete(call) || this.#cleanUps.delete(call);
    call.definition.figures.stopped += 1;
    // A function that takes the signal ends by itself, and what it returns or throws then is the result.
    if (!waited && call.flag !== undefined) {
      tellStopped(call, reason);
      return;
    }
    if (!waited && this.#leave(call)) this.#lines.abandon(call);
    call.thread.end();
    failCall(call, reason);
    this.#next();
  }

  /** Starts all threads and has them import these modules. */
  async warm(modules: readonly string[]): Promise<void> {
    const threads = await this.#open();
    const warming = Array.from({ length: this.options.size }, () => threads.run({ warm: modules }));
    await Promise.all(warming);
  }

  /** Stops what apps have called, lets other calls finish, and ends all threads. */
  async close(reason: unknown): Promise<void> {
    for (const call of [...this.#waiting, ...this.#cleanUps, ...this.#running.values()]) {
      if (!call.owned) continue;
      this.stop(call, reason);
      // A function that takes the signal may not heed it, and nobody is left to wait for it.
      if (call.state === "running") call.thread.end();
    }
    await this.finish();
  }

  /** Ends all threads when all calls have ended. */
  async finish(): Promise<void> {
    if (this.#calls > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    const threads = await this.#opening;
    await threads?.destroy();
  }

  /** How many there are that have not ended. */
  get #calls(): number {
    return this.#running.size + this.#waiting.size + this.#cleanUps.size;
  }

  #hasRoom(call: Call): boolean {
    const { size } = this.options;
    return call.cleaningUp ? this.#running.size <= size : this.#ordinary < size;
  }

  #next(): void {
    const threads = this.#threads;
    if (threads === undefined) {
      if (this.#waiting.size + this.#cleanUps.size > 0) void this.#open();
      return;
    }
    for (const queue of [this.#cleanUps, this.#waiting]) {
      for (const call of queue) {
        if (!this.#hasRoom(call)) break;
        queue.delete(call);
        this.#start(call, threads);
      }
    }
    if (this.#calls === 0) this.#onIdle?.();
  }

  #open(): Promise<Piscina> {
    this.#opening ??= openThreads(this.options, (message) => this.#lines.take(message)).then((threads) => {
      this.#threads = threads;
      this.#next();
      return threads;
    });
    return this.#opening;
  }

  #start(call: Call, threads: Piscina): void {
    const { definition, thread } = call;
    call.state = "running";
    this.#running.set(call.id, call);
    if (!call.cleaningUp) this.#ordinary += 1;
    this.#lines.open(call);
    const message: CallMessage = {
      id: call.id,
      url: definition.url,
      name: definition.name,
      // A call is started once.
      args: call.args ?? [],
      level: loggerLevel(call.log),
      flag: call.flag,
    };
    call.args = undefined;
    const transferList = call.moved.length === 0 ? noTransfer : [...call.moved];
    threads.run(message, { transferList, signal: thread }).then(
      (outcome: Outcome) => this.#ended(call, outcome),
      (error: unknown) => this.#lost(call, error, message.args),
    );
  }

  #ended(call: Call, outcome: Outcome): void {
    if (!this.#leave(call)) return;
    const { wait, run } = call.definition.figures;
    const { lines, took } = outcome;
    record(run, took);
    record(wait, performance.now() - call.madeAt - took);
    this.#next();
    const end = (): void => {
      this.#lines.close(call);
      endCall(call, outcome);
    };
    if (lines <= call.lines) end();
    else this.#lines.whenAllCame(call, lines, end);
  }

  /** The thread has ended under the call, or did not get it. */
  #lost(call: Call, error: unknown, args: readonly unknown[]): void {
    if (!this.#leave(call)) return;
    this.#lines.abandon(call);
    this.#next();
    call.definition.figures.failures += 1;
    failCall(
      call,
      call.stopped === undefined ? lostError(call, error, args, this.options.heapLimit) : call.stopped.reason,
    );
  }

  #leave(call: Call): boolean {
    if (!this.#running.delete(call.id)) return false;
    if (!call.cleaningUp) this.#ordinary -= 1;
    return true;
  }

  #busy(): Error {
    const { size } = this.options;
    const calls = [...this.#running.values(), ...this.#waiting];
    // By what such calls took so far, how long until one that came now would have its turn.
    const work = calls.reduce(
      (sum, { definition: { figures } }) => sum + figures.run.total / Math.max(1, figures.runs),
      0,
    );
    const seconds = Math.min(60, Math.max(1, Math.ceil(work / size / 1000)));
    return new ThreadsBusy(undefined, { headers: { "retry-after": String(seconds) } });
  }
}
