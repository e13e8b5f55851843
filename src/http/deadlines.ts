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

/** What waits in a {@link Line}, which fills all of it. */
export interface Timed<T> extends Linked<T> {
  /** When its time is over, as `performance.now()` says it. */
  at: number;
}

/** Deadlines of one length. They end in the order in which they began, so one timer for the first does for all. */
export class Line<T extends Timed<T>> {
  readonly length: number;
  readonly #entries: LinkedList<T> = new LinkedList();
  readonly #expire: (entry: T) => void;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param length milliseconds, at least 1
   * @param expire called with every entry whose time has passed
   */
  constructor(length: number, expire: (entry: T) => void) {
    this.length = length;
    this.#expire = expire;
  }

  /** Begins the time of an entry that does not wait. */
  start(entry: T, now: number): void {
    if (this.#timer === undefined) this.#set(this.length);
    // One that still stands for an earlier deadline fires before this one is due, and is set again then.
    else if (this.#entries.size === 0) this.#timer.ref();
    entry.at = now + this.length;
    this.#entries.add(entry);
  }

  /** Forgets an entry; once more does nothing. */
  end(entry: T): void {
    // The timer stays set, which costs less than to make another for the next request.
    if (this.#entries.remove(entry) && this.#entries.size === 0) this.#timer?.unref();
  }

  #set(milliseconds: number): void {
    // It stays for longer than the request whose deadline is the first.
    this.#timer = runOutside(() => setTimeout(() => this.#fire(), milliseconds));
  }

  #fire(): void {
    this.#timer = undefined;
    const now = performance.now() + tolerance;
    try {
      for (let entry = this.#entries.first; entry !== undefined && entry.at <= now; entry = this.#entries.first) {
        this.end(entry);
        this.#expire(entry);
      }
    } finally {
      const { first } = this.#entries;
      if (first !== undefined) {
        // One that began meanwhile has set it for itself, which is later than this one is due.
        clearTimeout(this.#timer);
        this.#set(Math.max(1, first.at - now));
      }
    }
  }
}

class Entry<T> implements Deadline, Timed<Entry<T>> {
  readonly owner: T;
  readonly #line: Line<Entry<T>>;
  at = 0;
  previous: Entry<T> | undefined = undefined;
  next: Entry<T> | undefined = undefined;
  linked = false;

  constructor(line: Line<Entry<T>>, owner: T, now: number) {
    this.owner = owner;
    this.#line = line;
    line.start(this, now);
  }

  end(): void {
    this.#line.end(this);
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
  const lines = new Map<number, Line<Entry<T>>>();
  // Most often it is the same one again.
  let line: Line<Entry<T>> | undefined;
  return {
    start: (owner, length, now) => {
      if (line?.length !== length) {
        line = lines.get(length) ?? new Line(length, ({ owner }) => expire(owner));
        lines.set(length, line);
      }
      return new Entry(line, owner, now);
    },
  };
}
