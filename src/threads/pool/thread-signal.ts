/** A signal in a thread that the main thread can abort while the thread computes. */
export interface ThreadSignal {
  readonly signal: AbortSignal;
  /** Lets go of what waits for the abort. */
  end(): void;
}

/**
 * Makes the signal of one call. `aborted` and `throwIfAborted()` read memory that both threads share, so that code which
 * never gives its thread back sees the abort as well; listeners are told as soon as the thread turns.
 *
 * @param flag becomes 1 on the abort
 */
export function threadSignal(flag: Int32Array): ThreadSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const look = (): boolean => {
    if (!signalAborted() && Atomics.load(flag, 0) === 1) controller.abort();
    return signalAborted();
  };
  const inherited = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")?.get;
  const signalAborted = (): boolean => inherited?.call(signal) === true;
  Object.defineProperties(signal, {
    aborted: { get: look },
    throwIfAborted: {
      value: () => {
        if (look()) throw signal.reason;
      },
    },
  });
  const waiting = Atomics.waitAsync(flag, 0, 0);
  if (waiting.async) void waiting.value.then(look);
  return { signal, end: () => void Atomics.notify(flag, 0) };
}

/** The flag of a call, shared by both threads. */
export function newFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Aborts the signal at the other end. */
export function raise(flag: Int32Array): void {
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}
