/**
 * The entry of a thread: imports the module of the function that is called, finds the function, runs it, and describes how
 * that went. It loads little, as every thread pays for it.
 */
import { KilnError } from "../../errors/kiln-error.ts";
import { type Activity, addAppLogger, runFor } from "../../logging/context.ts";
import type { Logger } from "../../logging/logger.ts";
import { describeError } from "./error-description.ts";
import { isFlat } from "./flat.ts";
import { importModule } from "./import-module.ts";
import type { CallMessage, Returned, Thrown, WarmMessage } from "./messages.ts";
import { takeMoved } from "./move.ts";
import { type LineSource, threadLogger } from "./thread-log.ts";
import { type ThreadSignal, threadSignal } from "./thread-signal.ts";
import { enterThread, functionKey, importOf, type Registered } from "./thread-state.ts";
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
    where: importOf(url),
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

function checkResult(value: unknown, call: ThreadCall): void {
  if (isFlat(value)) return;
  const obstacle = findObstacle(value, "the result", lookedAt, false);
  if (obstacle === undefined) return;
  throw new KilnError("KILN_BLOCKING_VALUE", {
    where: `the result of ${call.name}()`,
    what: obstacle.path,
    why: `is ${obstacle.what}, which cannot cross between threads`,
    fix: "Return data: what structuredClone() copies",
  });
}

async function withMoved(outcome: Returned, moved: readonly ArrayBuffer[]): Promise<unknown> {
  const { move, transferableSymbol, valueSymbol } = await import("piscina");
  // This is the shape by which piscina knows what moves, and it takes a list where its types say one buffer.
  return move({ [transferableSymbol]: moved, [valueSymbol]: outcome } as unknown as Parameters<typeof move>[0]);
}

/** The outcome, a promise only where something has to be waited for: most calls need no further turn. */
function returned(value: unknown, call: ThreadCall): unknown {
  const outcome: Returned = { value, lines: call.lines, took: performance.now() - call.begun };
  checkResult(value, call);
  call.end();
  const moved = takeMoved(value);
  return moved.length === 0 ? outcome : withMoved(outcome, moved);
}

function failed(error: unknown, call: ThreadCall): Thrown {
  const took = performance.now() - call.begun;
  const aborted = call.signal?.aborted === true && error === call.signal.reason;
  call.end();
  return { error: describeError(error, import.meta.url), lines: call.lines, took, aborted };
}

function callFunction({ url, name, args }: CallMessage, call: ThreadCall): unknown {
  try {
    const { fn, takesSignal } = find(url, name);
    call.begun = performance.now();
    const given = takesSignal ? [...args, call.signal] : args;
    const result = runFor(call, () => fn(...given));
    return isThenable(result) ? whenSettled(result, call) : returned(result, call);
  } catch (error) {
    return failed(error, call);
  }
}

async function whenSettled(result: PromiseLike<unknown>, call: ThreadCall): Promise<unknown> {
  try {
    return returned(await result, call);
  } catch (error) {
    return failed(error, call);
  }
}

async function importAndCall(message: CallMessage, call: ThreadCall): Promise<unknown> {
  try {
    await runFor(call, () => importModule(message.url, state));
  } catch (error) {
    return failed(error, call);
  }
  ready.add(message.url);
  return callFunction(message, call);
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
export default function run(message: CallMessage | WarmMessage): unknown {
  if ("warm" in message) return warm(message.warm);
  const call = new ThreadCall(message);
  return ready.has(message.url) ? callFunction(message, call) : importAndCall(message, call);
}
