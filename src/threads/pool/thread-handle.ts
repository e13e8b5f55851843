/**
 * What piscina takes for an abort signal: it ends the thread of a running call. One listener is all that a call needs, and
 * an `AbortController` for each would cost as much as the rest of the call.
 */
export class ThreadHandle {
  #listener: (() => void) | undefined;

  addEventListener(_name: "abort", listener: () => void): void {
    this.#listener = listener;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }

  /** Ends the thread, or takes the call back from one that has not started yet. */
  end(): void {
    this.#listener?.();
  }
}
