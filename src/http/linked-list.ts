/** What a value has that can be in a {@link LinkedList}; the list fills it. */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
  /** False while it is in no list. */
  linked: boolean;
}

/**
 * Values in the order in which they came, each of which can be taken out at once. A `Set` does the same, but hashes, and
 * copies what is left whenever half of its room has been used up: 0.4 us for something that comes and goes. The values
 * have what links them, so that nothing is made for it.
 */
export class LinkedList<T extends Linked<T>> implements Iterable<T> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first;
  }

  /** Adds a value that is in no list. */
  add(value: T): void {
    value.previous = this.#last;
    value.linked = true;
    if (this.#last === undefined) this.#first = value;
    else this.#last.next = value;
    this.#last = value;
    this.#size += 1;
  }

  /** Takes a value of this list out, and tells whether it still was in it. */
  remove(value: T): boolean {
    if (!value.linked) return false;
    const { previous, next } = value;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    value.linked = false;
    // Whoever still holds it must not hold its neighbours.
    value.previous = undefined;
    value.next = undefined;
    this.#size -= 1;
    return true;
  }

  /** Values may be added and taken out meanwhile; it shows none that was added or taken out since it began. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    const values: T[] = [];
    for (let value = this.#first; value !== undefined; value = value.next) values.push(value);
    for (const value of values) if (value.linked) yield value;
  }
}
