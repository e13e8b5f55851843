/**
 * One who waits, between those before and behind. It listens to its signal itself: with a closure for a listener, V8 kept
 * one waiter alive by the next, until the next large garbage collection.
 */
class Waiter<T> {
  readonly resolve: (handed: T | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** When it has waited too long, as `performance.now()` counts. */
  readonly until: number;
  previous: Waiter<T> | undefined;
  next: Waiter<T> | undefined;
  readonly #remove: (waiter: Waiter<T>) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(
    remove: (waiter: Waiter<T>) => void,
    until: number,
    signal: AbortSignal | undefined,
    resolve: (handed: T | undefined) => void,
    reject: (error: unknown) => void,
  ) {
    this.#remove = remove;
    this.until = until;
    this.#signal = signal;
    this.resolve = resolve;
    this.reject = reject;
    signal?.addEventListener("abort", this);
  }

  handleEvent(): void {
    this.#remove(this);
    this.reject(this.#signal?.reason);
  }

  ignore(): void {
    this.#signal?.removeEventListener("abort", this);
  }
}

/** Those who wait, linked by hand: a `Set` leaves tables behind that hold those who were in it, as above. */
class Line<T> {
  first: Waiter<T> | undefined;
  size = 0;
  #last: Waiter<T> | undefined;

  add(waiter: Waiter<T>): void {
    const last = this.#last;
    waiter.previous = last;
    if (last === undefined) this.first = waiter;
    else last.next = waiter;
    this.#last = waiter;
    this.size += 1;
  }

  remove(waiter: Waiter<T>): void {
    const { previous, next } = waiter;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // Whoever still holds this one must not hold its neighbours.
    waiter.previous = undefined;
    waiter.next = undefined;
    this.size -= 1;
  }
}

/** Timers count whole milliseconds, and may fire by as much too soon. */
const tolerance = 1;

/**
 * A number of slots and the queue before them, first come, first served. It stands in front of the pool of `pg`, whose own
 * queue can neither be left when a request ends nor told apart from a lost connection. `T` is what may be handed on with a
 * slot.
 */
export class Slots<T = never> {
  #free: number;
  #closed: (() => Error) | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #line: Line<T> = new Line();
  readonly #timeout: number;
  readonly #late: () => Error;
  readonly #remove = (waiter: Waiter<T>): void => {
    waiter.ignore();
    this.#line.remove(waiter);
    // The timer stays set, which costs less than another for the next one, but does not hold the process.
    if (this.#line.size === 0) this.#timer?.unref();
  };

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
    return this.#line.size;
  }

  /**
   * Takes a slot; `give` returns it.
   *
   * @param signal leaves the queue when it aborts, with its reason as the error
   * @returns undefined when a slot was free, else a promise of one, and of what was handed on with it
   */
  take(signal?: AbortSignal): Promise<T | undefined> | undefined {
    if (this.#closed !== undefined) return Promise.reject(this.#closed());
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#free === 0) return this.#wait(signal);
    this.#free -= 1;
    return undefined;
  }

  #wait(signal: AbortSignal | undefined): Promise<T | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    this.#line.add(new Waiter(this.#remove, performance.now() + this.#timeout, signal, resolve, reject));
    // All wait equally long, so one timer for the first does for all. One that still stands for someone who has left fires
    // before it is due, and is set again then.
    if (this.#timer === undefined) this.#set(this.#timeout);
    else if (this.#line.size === 1) this.#timer.ref();
    return promise;
  }

  /**
   * Returns a slot: to the first who waits, else to the free ones.
   *
   * @param handed what the first who waits gets with it
   */
  give(handed?: T): void {
    const { first } = this.#line;
    if (first === undefined) {
      this.#free += 1;
      return;
    }
    this.#remove(first);
    first.resolve(handed);
  }

  /** Turns everyone away from now on, those who wait too. */
  close(reason: () => Error): void {
    this.#closed = reason;
    clearTimeout(this.#timer);
    this.#turnAway(Number.POSITIVE_INFINITY, reason);
  }

  #turnAway(until: number, reason: () => Error): void {
    for (let { first } = this.#line; first !== undefined && first.until <= until; first = this.#line.first) {
      this.#remove(first);
      first.reject(reason());
    }
  }

  #set(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const now = performance.now() + tolerance;
      this.#turnAway(now, this.#late);
      const { first } = this.#line;
      if (first !== undefined) this.#set(Math.max(1, first.until - now));
    }, milliseconds);
  }
}
