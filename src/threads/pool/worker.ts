/**
 * The entry of a thread: imports the module of the function that is called, finds the function, runs it, and describes how
 * that went. It loads little, as every thread pays for it.
 */
import { KilnError } from "../../errors/kiln-error.ts";
import { type Activity, addAppLogger, runFor } from "../../logging/context.ts";
import type { Logger } from "../../logging/logger.ts";
import { describeError } from "./error-description.ts";
import { importModule } from "./import-module.ts";
import type { CallMessage, Returned, Thrown, WarmMessage } from "./messages.ts";
import { takeMoved } from "./move.ts";
import { type LineSource, threadLogger } from "./thread-log.ts";
import { type ThreadSignal, threadSignal } from "./thread-signal.ts";
import { enterThread, functionKey, type Registered } from "./thread-state.ts";
import { findObstacle } from "./uncloneable.ts";

const state = enterThread();
// For what runs outside of any call, such as timers that a function left behind.
addAppLogger(threadLogger({ id: 0, level: 0, lines: 0 }));

const ready = new Set<string>();
/** How many values of a result are looked at for what cannot cross; a clone that fails ends the thread. */
const lookedAt = 10_000;

/** The call that the thread is at. */
class ThreadCall implements Activity, LineSource {
  readonly kind = "task";
  readonly id: number;
  readonly level: number;
  readonly name: string;
  lines = 0;
  /** When the function was called, or would have been. */
  begun: number = performance.now();
  readonly #signal: ThreadSignal | undefined;
  #log: Logger | undefined;

  constructor({ id, level, name, flag }: CallMessage) {
    this.id = id;
    this.level = level;
    this.name = name;
    this.#signal = flag === undefined ? undefined : threadSignal(flag);
  }

  get log(): Logger {
    this.#log ??= threadLogger(this);
    return this.#log;
  }

  get signal(): AbortSignal | undefined {
    return this.#signal?.signal;
  }

  end(): void {
    this.#signal?.end();
  }
}

function notFound(url: string, name: string): KilnError {
  return new KilnError("KILN_BLOCKING_NOT_FOUND", {
    where: `the import of ${url} in a thread`,
    what: name,
    why: "is not there after the import, although blocking() was called with it in the main thread",
    fix: "Call blocking() whenever the module is imported: not behind a condition such as import.meta.main",
  });
}

function find(url: string, name: string): Registered {
  const found = state.functions.get(functionKey(url, name));
  if (found === undefined) throw notFound(url, name);
  return found;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

async function outcomeOf(value: unknown, call: ThreadCall): Promise<unknown> {
  const took = performance.now() - call.begun;
  if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
    const obstacle = findObstacle(value, "the result", lookedAt, false);
    if (obstacle !== undefined) {
      throw new KilnError("KILN_BLOCKING_VALUE", {
        where: `the result of ${call.name}()`,
        what: obstacle.path,
        why: `is ${obstacle.what}, which cannot cross between threads`,
        fix: "Return data: what structuredClone() copies",
      });
    }
  }
  const outcome: Returned = { value, lines: call.lines, took };
  const moved = takeMoved(value);
  if (moved.length === 0) return outcome;
  const { move, transferableSymbol, valueSymbol } = await import("piscina");
  return move({ [transferableSymbol]: moved, [valueSymbol]: outcome } as never);
}

function failed(error: unknown, call: ThreadCall): Thrown {
  const took = performance.now() - call.begun;
  const aborted = call.signal?.aborted === true && error === call.signal.reason;
  return { error: describeError(error, import.meta.url), lines: call.lines, took, aborted };
}

async function runCall(message: CallMessage): Promise<unknown> {
  const { url, name, args } = message;
  const call = new ThreadCall(message);
  try {
    if (!ready.has(url)) {
      await runFor(call, () => importModule(url, state));
      ready.add(url);
    }
    const { fn, takesSignal } = find(url, name);
    call.begun = performance.now();
    const given = takesSignal ? [...args, call.signal] : args;
    const result = runFor(call, () => fn(...given));
    return await outcomeOf(isThenable(result) ? await result : result, call);
  } catch (error) {
    return failed(error, call);
  } finally {
    call.end();
  }
}

/** Imports ahead of the first call; what fails here fails there again, and is told there. */
async function warm(urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    await importModule(url, state).then(
      () => ready.add(url),
      () => undefined,
    );
  }
}

/** Piscina calls it for every message. */
export default function run(message: CallMessage | WarmMessage): Promise<unknown> {
  return "warm" in message ? warm(message.warm) : runCall(message);
}
