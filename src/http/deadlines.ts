import { runOutside } from "../logging/context.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

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

class Entry<T> implements Deadline, Linked<Entry<T>> {
  readonly owner: T;
  readonly at: number;
  readonly #line: Line<T>;
  previous: Entry<T> | undefined = undefined;
  next: Entry<T> | undefined = undefined;
  linked = false;

  constructor(line: Line<T>, owner: T, at: number) {
    this.owner = owner;
    this.at = at;
    this.#line = line;
    line.entries.add(this);
  }

  end(): void {
    if (this.#line.entries.remove(this)) this.#line.rest();
  }
}

/** Deadlines of one length. They end in the order in which they began, so one timer for the first does for all. */
class Line<T> {
  readonly entries: LinkedList<Entry<T>> = new LinkedList();
  readonly length: number;
  readonly #expire: (owner: T) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(length: number, expire: (owner: T) => void) {
    this.length = length;
    this.#expire = expire;
  }

  start(owner: T, now: number): Deadline {
    if (this.#timer === undefined) this.#set(this.length);
    // One that still stands for an earlier deadline fires before this one is due, and is set again then.
    else if (this.entries.size === 0) this.#timer.ref();
    return new Entry(this, owner, now + this.length);
  }

  /** Called when one is over. The timer stays set, which costs less than to make another for the next request. */
  rest(): void {
    if (this.entries.size === 0) this.#timer?.unref();
  }

  #set(milliseconds: number): void {
    // It stays for longer than the request whose deadline is the first.
    this.#timer = runOutside(() => setTimeout(() => this.#fire(), milliseconds));
  }

  #fire(): void {
    this.#timer = undefined;
    const now = performance.now() + tolerance;
    try {
      for (let entry = this.entries.first; entry !== undefined && entry.at <= now; entry = this.entries.first) {
        entry.end();
        this.#expire(entry.owner);
      }
    } finally {
      const { first } = this.entries;
      if (first !== undefined) {
        // One that began meanwhile has set it for itself, which is later than this one is due.
        clearTimeout(this.#timer);
        this.#set(Math.max(1, first.at - now));
      }
    }
  }
}

/**
 * Makes deadlines that cost a request next to nothing: with a timer for each, every request made one, listed it and took
 * it out again, though nearly none ever fires.
 *
 * @param expire called with the owner of every deadline that has passed
 */
export function createDeadlines<T>(expire: (owner: T) => void): Deadlines<T> {
  // Routes name few lengths, so there are few lines.
  const lines = new Map<number, Line<T>>();
  // Most often it is the same one again.
  let line: Line<T> | undefined;
  return {
    start: (owner, length, now) => {
      if (line?.length !== length) {
        line = lines.get(length) ?? new Line(length, expire);
        lines.set(length, line);
      }
      return line.start(owner, now);
    },
  };
}
