interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A number of slots and the queue before them, first come, first served. It stands in front of the pool of `pg`, whose own
 * queue can neither be left when a request ends nor told apart from a lost connection.
 */
export class Slots {
  #free: number;
  #closed: (() => Error) | undefined;
  // A set keeps the order of arrival and lets one in the middle leave at once.
  readonly #waiting = new Set<Waiter>();
  readonly #timeout: number;
  readonly #late: () => Error;

  /**
   * @param count how many there are
   * @param timeout milliseconds that one waits at most
   * @param late makes the error for whoever waited too long
   */
  constructor(count: number, timeout: number, late: () => Error) {
    this.#free = count;
    this.#timeout = timeout;
    this.#late = late;
  }

  get free(): number {
    return this.#free;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a slot; `give` returns it.
   *
   * @param signal leaves the queue when it aborts, with its reason as the error
   * @returns undefined when a slot was free, else a promise of one
   */
  take(signal?: AbortSignal): Promise<void> | undefined {
    if (this.#closed !== undefined) return Promise.reject(this.#closed());
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#free > 0) {
      this.#free -= 1;
      return undefined;
    }
    return this.#wait(signal);
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter = {
        resolve: () => {
          leave();
          resolve();
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => waiter.reject(signal?.reason);
      const timer = setTimeout(() => waiter.reject(this.#late()), this.#timeout);
      signal?.addEventListener("abort", onAbort);
      this.#waiting.add(waiter);
    });
  }

  /** Returns a slot: to the first who waits, else to the free ones. */
  give(): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#free += 1;
    else first.resolve();
  }

  /** Turns everyone away from now on, those who wait too. */
  close(reason: () => Error): void {
    this.#closed = reason;
    for (const waiter of this.#waiting) waiter.reject(reason());
  }
}
