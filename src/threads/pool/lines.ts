import { ambientLogger } from "../../logging/context.ts";
import { log } from "../../logging/log.ts";
import type { Logger } from "../../logging/logger.ts";
import { coreOf } from "../../logging/scoped-logger.ts";
import type { Call } from "./call.ts";
import { returnedError } from "./error-return.ts";
import type { LineMessage } from "./messages.ts";

/** How many calls are remembered that ended before their last lines came. */
const remembered = 64;
/** How long a result waits for lines at most, in milliseconds; they are on their way when it comes. */
const longestWait = 1_000;

function isLine(message: unknown): message is LineMessage {
  return typeof message === "object" && message !== null && "kilnjs" in message && message.kilnjs === "line";
}

function write(logger: Logger, { level, message, fields, error }: LineMessage): void {
  if (level === undefined) {
    if (fields !== undefined) logger.bind(fields);
    return;
  }
  const err = error === undefined ? undefined : returnedError(error, []);
  // The casts only pick overloads: a string comes alone, fields and errors may have a message.
  if (fields !== undefined) logger[level](err === undefined ? fields : { ...fields, err }, message);
  else logger[level]((err ?? message ?? "") as object, err === undefined ? undefined : message);
}

/** The lowest level that a logger writes, as pino counts; 0 when it cannot be told. */
export function loggerLevel(logger: Logger): number {
  return coreOf(logger)?.engine.number ?? 0;
}

/** The logger of code that runs for this activity, or for none. */
export function loggerFor(own: Logger | undefined): Logger {
  return own ?? ambientLogger() ?? log;
}

/** Brings log lines from the threads to the loggers of the calls that they were written in. */
export class Lines {
  readonly #find: (id: number) => Call | undefined;
  // Calls that are over before their last lines have come: those that wait for them, and the last that ended with their thread.
  readonly #waiting = new Map<number, Call>();
  readonly #abandoned = new Map<number, Logger>();

  /** @param find gives the call that has not ended */
  constructor(find: (id: number) => Call | undefined) {
    this.#find = find;
  }

  /** A call has ended with its thread: what that wrote last is still on its way. */
  abandon(call: Call): void {
    this.#abandoned.set(call.id, call.log);
    const [oldest] = this.#abandoned.keys();
    if (this.#abandoned.size > remembered && oldest !== undefined) this.#abandoned.delete(oldest);
  }

  /** Takes what a thread sent. */
  take(message: unknown): void {
    if (!isLine(message)) return;
    const id = message.call;
    const call = this.#find(id) ?? this.#waiting.get(id);
    write(call?.log ?? this.#abandoned.get(id) ?? loggerFor(undefined), message);
    if (call === undefined) return;
    call.lines += 1;
    call.onLine?.();
  }

  /** Runs `then` once as many lines of a call have come as its thread has written. */
  whenAllCame(call: Call, count: number, then: () => void): void {
    const done = (): void => {
      this.#waiting.delete(call.id);
      call.onLine = undefined;
      clearTimeout(timer);
      then();
    };
    // It also holds the process, which would otherwise end when nothing but these lines is left.
    const timer = setTimeout(done, longestWait);
    this.#waiting.set(call.id, call);
    call.onLine = () => {
      if (call.lines >= count) done();
    };
    call.onLine();
  }
}
