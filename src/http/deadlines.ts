/** When something has to be over; see {@link Deadlines}. */
export interface Deadline {
  /** Forgets it; once more does nothing. */
  end(): void;
}

/** Calls back for whatever is not over in time. */
export interface Deadlines<T> {
  /**
   * @param owner what is called back for
   * @param length milliseconds, at least 1
   * @param now what `performance.now()` said a moment ago
   */
  start(owner: T, length: number, now: number): Deadline;
}

/** Timers count whole milliseconds, and may fire by as much too soon. */
const tolerance = 1;

/** Deadlines of one length. They end in the order in which they began, so one timer for the first does for all. */
class Line<T> {
  readonly #length: number;
  readonly #expire: (owner: T) => void;
  #first: Entry<T> | undefined;
  #last: Entry<T> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(length: number, expire: (owner: T) => void) {
    this.#length = length;
    this.#expire = expire;
  }

  add(owner: T, now: number): Entry<T> {
    const entry = new Entry(this, owner, now + this.#length, this.#last);
    if (this.#last === undefined) {
      this.#first = entry;
      // A timer that still stands for an earlier deadline fires before this one is due, and is set again then.
      if (this.#timer === undefined) this.#set(this.#length);
      else this.#timer.ref();
    } else this.#last.next = entry;
    this.#last = entry;
    return entry;
  }

  remove(entry: Entry<T>): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // It stays set, which costs less than to stop it and start another for the next request.
    if (this.#first === undefined) this.#timer?.unref();
  }

  #set(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#fire(), milliseconds);
  }

  #fire(): void {
    this.#timer = undefined;
    const now = performance.now() + tolerance;
    try {
      for (let entry = this.#first; entry !== undefined && entry.at <= now; entry = this.#first) {
        entry.end();
        this.#expire(entry.owner);
      }
    } finally {
      // A deadline that began meanwhile has set it already.
      if (this.#first !== undefined && this.#timer === undefined) this.#set(Math.max(1, this.#first.at - now));
    }
  }
}

class Entry<T> implements Deadline {
  readonly owner: T;
  readonly at: number;
  previous: Entry<T> | undefined;
  next: Entry<T> | undefined;
  #line: Line<T> | undefined;

  constructor(line: Line<T>, owner: T, at: number, previous: Entry<T> | undefined) {
    this.#line = line;
    this.owner = owner;
    this.at = at;
    this.previous = previous;
    this.next = undefined;
  }

  end(): void {
    const line = this.#line;
    if (line === undefined) return;
    this.#line = undefined;
    line.remove(this);
    this.previous = undefined;
    this.next = undefined;
  }
}

/**
 * Makes deadlines that cost a request next to nothing: a timer for each would be made, listed and taken out again by all
 * of them, though nearly none ever fires.
 *
 * @param expire called with the owner of every deadline that has passed
 */
export function createDeadlines<T>(expire: (owner: T) => void): Deadlines<T> {
  // Routes name few lengths, so there are few lines.
  const lines = new Map<number, Line<T>>();
  return {
    start: (owner, length, now) => {
      let line = lines.get(length);
      if (line === undefined) {
        line = new Line(length, expire);
        lines.set(length, line);
      }
      return line.add(owner, now);
    },
  };
}
