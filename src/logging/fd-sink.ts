import { Buffer } from "node:buffer";
import { closeSync, writeSync } from "node:fs";

/** Characters after which a turn's text is written without waiting for the turn to end. */
const fullTurn = 65_536;
/** Bytes of what a usual turn is put into to be written. */
const turnRoom = 131_072;
/** Characters that may wait for a slow reader; what comes beyond is counted and dropped. */
const mostPending = 16 * 1024 * 1024;
/** Milliseconds without progress after which a synchronous flush gives up. */
const patience = 5_000;
const firstRetry = 5;
const lastRetry = 100;
const diskRetry = 1_000;

/**
 * idle: nothing to write. turn: written when the turn ends. blocked, disk full: tried again by a timer. gone: nobody can
 * read it, or it was closed.
 */
type State = "idle" | "turn" | "blocked" | "disk full" | "gone";

// One for all sinks: nothing is in it but while it is written.
let turnBytes: Buffer | undefined;

/** The bytes of a text, which are good until the next call. To make new ones for each turn costs a quarter of its writing. */
function bytesOf(text: string): Buffer {
  // A character takes three bytes at most.
  if (text.length * 3 > turnRoom) return Buffer.from(text);
  turnBytes ??= Buffer.allocUnsafeSlow(turnRoom);
  return turnBytes.subarray(0, turnBytes.write(text));
}

const pendingSinks = new Set<FdSink>();
let hooked = false;
let exiting = false;

function atExit(): void {
  exiting = true;
  for (const sink of pendingSinks) sink.flushSync();
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/**
 * Writes to a file descriptor, all lines of a turn of the event loop at once.
 *
 * The writes are synchronous on a descriptor that does not block, so it is known at every moment which bytes are out:
 * with a write in flight in another thread, nothing that runs at exit could tell, and lines would be lost or torn.
 */
export class FdSink {
  #fd: number;
  readonly #sayLost: (count: number) => void;
  #state: State = "idle";
  /** Lines not yet tried. */
  #text = "";
  /** What the system did not take of an earlier write; goes out before the text. */
  #rest: Buffer | undefined;
  #lost = 0;
  #retry = firstRetry;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  /** @param sayLost writes a line to this sink that says how many had to be dropped */
  constructor(fd: number, sayLost: (count: number) => void) {
    this.#fd = fd;
    this.#sayLost = sayLost;
    if (!hooked) {
      hooked = true;
      process.on("exit", atExit);
    }
  }

  /** Takes a line; it goes out when the turn ends. */
  write(line: string): void {
    if (this.#state === "gone") return;
    if (this.#size() > mostPending) {
      this.#lost += 1;
      return;
    }
    this.#text += line;
    if (this.#state === "idle") {
      this.#state = "turn";
      pendingSinks.add(this);
      if (exiting) this.flushSync();
      else setImmediate(endTurn, this);
    } else if (this.#state === "turn" && this.#text.length > fullTurn) this.drain();
  }

  /** Writes what can be written without waiting. */
  drain(): void {
    if (this.#state === "idle" || this.#state === "gone") return;
    const outcome = this.#writeAll();
    if (outcome === "idle" || outcome === "gone") this.#settle(outcome);
    else this.#later(outcome);
  }

  /** Resolves when everything is out, or when nobody can read it any more. */
  flush(): Promise<void> {
    this.drain();
    if (this.#state === "idle" || this.#state === "gone") return Promise.resolve();
    this.#timer?.ref();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** Writes everything before it returns, waiting for the reader as long as it reads. */
  flushSync(): void {
    let left = patience;
    while (this.#state !== "idle" && this.#state !== "gone") {
      const before = this.#size();
      this.drain();
      if (this.#state === "disk full" || left <= 0) return;
      if (this.#state !== "blocked") continue;
      pause(firstRetry);
      left = this.#size() < before ? patience : left - firstRetry;
    }
  }

  /** Goes on with another descriptor, and closes the one so far. */
  reopen(fd: number): void {
    this.flushSync();
    const before = this.#fd;
    this.#fd = fd;
    if (this.#state === "gone") this.#state = "idle";
    closeSync(before);
  }

  /** Closes the descriptor after a last attempt; later lines are dropped. */
  closeDescriptor(): void {
    this.flushSync();
    if (this.#state !== "gone") this.#settle("gone");
    closeSync(this.#fd);
  }

  #size(): number {
    return this.#text.length + (this.#rest?.length ?? 0);
  }

  #writeAll(): Exclude<State, "turn"> {
    try {
      for (;;) {
        if (this.#rest !== undefined) this.#writeRest(this.#rest);
        else if (this.#text !== "") this.#writeText();
        else if (this.#lost > 0) this.#reportLost();
        else return "idle";
      }
    } catch (error) {
      const code = codeOf(error);
      if (code === "EAGAIN" || code === "EBUSY" || code === "EINTR") return "blocked";
      if (code === "ENOSPC" || code === "EDQUOT") return "disk full";
      this.#reportGone(code);
      return "gone";
    }
  }

  #writeRest(rest: Buffer): void {
    const written = writeSync(this.#fd, rest);
    this.#retry = firstRetry;
    this.#rest = written < rest.length ? rest.subarray(written) : undefined;
  }

  #writeText(): void {
    const bytes = bytesOf(this.#text);
    const written = writeSync(this.#fd, bytes);
    this.#retry = firstRetry;
    this.#text = "";
    if (written < bytes.length) this.#rest = Buffer.from(bytes.subarray(written));
  }

  #reportLost(): void {
    const count = this.#lost;
    this.#lost = 0;
    this.#sayLost(count);
  }

  #settle(state: "idle" | "gone"): void {
    this.#state = state;
    this.#text = "";
    this.#rest = undefined;
    this.#retry = firstRetry;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    pendingSinks.delete(this);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #later(reason: "blocked" | "disk full"): void {
    this.#state = reason;
    clearTimeout(this.#timer);
    // A reader that reads again is served soon, one that sleeps is asked ever more seldom.
    const wait = reason === "disk full" ? diskRetry : this.#retry;
    this.#retry = Math.min(this.#retry * 2, lastRetry);
    this.#timer = setTimeout(() => this.drain(), wait);
    // A reader that sleeps must not hold the process; the exit hook gives it its last chance. Someone who waits does.
    if (this.#waiting.length === 0) this.#timer.unref();
  }

  #reportGone(code: string): void {
    // A reader that left, as `head` does, is no fault; anything else should be known to someone.
    if (code === "EPIPE" || this.#fd === 2) return;
    try {
      writeSync(2, `kiln: log lines can no longer be written (${code} on descriptor ${this.#fd})\n`);
    } catch {
      // Nobody is there to be told.
    }
  }
}

function endTurn(sink: FdSink): void {
  sink.drain();
}
