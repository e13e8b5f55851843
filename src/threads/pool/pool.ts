import { ThreadsBusy } from "./busy.ts";
import { type Call, cloneFailure } from "./call.ts";
import { argumentError, lostError } from "./call-errors.ts";
import { endCall, failCall, tellStopped } from "./ending.ts";
import { record } from "./figures.ts";
import { Lines } from "./lines.ts";
import type { Outcome } from "./messages.ts";
import type { CheckedThreadOptions } from "./options.ts";
import { type CallEnds, Threads } from "./threads.ts";

/** What a pool is doing now. */
export interface PoolFigures {
  readonly size: number;
  /** Threads that are there, at work or not. */
  readonly threads: number;
  readonly busy: number;
  readonly queued: number;
}

/**
 * Runs calls in threads, in the order in which they were made, as many at once as its size says.
 *
 * A clean-up that finds no thread free gets one that is there for clean-ups only. So it never waits for the work that waits
 * for it, whoever has the threads.
 */
export class Pool implements CallEnds {
  readonly options: CheckedThreadOptions;
  readonly #lines = new Lines((id) => this.#threads?.calls.get(id) ?? this.#cleanUps?.calls.get(id));
  #threads: Threads | undefined;
  #cleanUps: Threads | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: CheckedThreadOptions) {
    this.options = options;
  }

  get figures(): PoolFigures {
    const sum = (of: (threads: Threads) => number): number => this.#all.reduce((so, threads) => so + of(threads), 0);
    const queued = sum((threads) => threads.queued);
    const { size } = this.options;
    return { size, threads: sum((threads) => threads.count), busy: sum(({ calls }) => calls.size) - queued, queued };
  }

  /** Takes a call: it runs now or waits, and its promise tells how it ends. */
  submit(call: Call): void {
    const { size, queue } = this.options;
    this.#threads ??= new Threads(size, this.options, this);
    const { calls } = this.#threads;
    if (calls.size >= size + queue && !call.cleaningUp) {
      call.definition.figures.refused += 1;
      failCall(call, this.#busy());
      return;
    }
    if (!call.cleaningUp || calls.size < size) this.#run(call, this.#threads);
    else {
      this.#cleanUps ??= new Threads(1, { ...this.options, warm: false }, this);
      this.#run(call, this.#cleanUps);
    }
  }

  /** Gives up a call, for a reason that its caller gets. */
  stop(call: Call, reason: unknown): void {
    const threads = this.#all.find(({ calls }) => calls.has(call.id));
    if (threads === undefined) return;
    call.definition.figures.stopped += 1;
    if (!threads.drop(call)) {
      // A function that takes the signal ends by itself, and what it returns or throws then is the result.
      if (call.flag !== undefined) return tellStopped(call, call.flag, reason);
      threads.kill(call);
      this.#lines.abandon(call);
    }
    failCall(call, reason);
    this.#left();
  }

  /** Starts all threads and has them import these modules. */
  async warm(modules: readonly string[]): Promise<void> {
    this.#threads ??= new Threads(this.options.size, this.options, this);
    await this.#threads.warm(modules);
  }

  /** Stops what apps have called, lets other calls finish, and ends all threads. */
  async close(reason: unknown): Promise<void> {
    for (const threads of this.#all) {
      for (const call of [...threads.calls.values()].filter(({ owned }) => owned)) {
        this.stop(call, reason);
        // A function that takes the signal may not heed it, and nobody is left to wait for it.
        if (!threads.calls.has(call.id)) continue;
        threads.kill(call);
        failCall(call, reason);
      }
    }
    await this.finish();
  }

  /** Ends all threads when all calls have ended. */
  async finish(): Promise<void> {
    if (this.#calls > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await Promise.all(this.#all.map((threads) => threads.end()));
  }

  ended(call: Call, outcome: Outcome): void {
    const { wait, run } = call.definition.figures;
    const { lines, took } = outcome;
    record(run, took);
    record(wait, performance.now() - call.madeAt - took);
    const end = (): void => {
      endCall(call, outcome);
      this.#left();
    };
    if (lines <= call.lines) end();
    else this.#lines.whenAllCame(call, lines, end);
  }

  lost(call: Call, error: unknown, args: readonly unknown[]): void {
    this.#lines.abandon(call);
    call.definition.figures.failures += 1;
    failCall(call, lostError(call, error, args, this.options.heapLimit));
    this.#left();
  }

  said(message: unknown): void {
    this.#lines.take(message);
  }

  get #all(): readonly Threads[] {
    return [this.#threads, this.#cleanUps].filter((threads) => threads !== undefined);
  }

  /** How many there are that have not ended. */
  get #calls(): number {
    return (this.#threads?.calls.size ?? 0) + (this.#cleanUps?.calls.size ?? 0);
  }

  #run(call: Call, threads: Threads): void {
    const { args } = call;
    try {
      threads.run(call);
    } catch (error) {
      failCall(call, cloneFailure(error) === undefined ? error : argumentError(call, args, error));
    }
  }

  #left(): void {
    if (this.#onIdle !== undefined && this.#calls === 0) this.#onIdle();
  }

  #busy(): Error {
    const calls = [...(this.#threads?.calls.values() ?? [])];
    // By what such calls took so far, how long until one that came now would have its turn.
    const work = calls.reduce(
      (sum, { definition: { figures } }) => sum + figures.run.total / Math.max(1, figures.runs),
      0,
    );
    const seconds = Math.min(60, Math.max(1, Math.ceil(work / this.options.size / 1000)));
    return new ThreadsBusy(undefined, { headers: { "retry-after": String(seconds) } });
  }
}
