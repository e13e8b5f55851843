const first = 250;
const longest = 30_000;
/** A worker that has served for so long has not failed because of its start. */
const wellAfter = 60_000;

/**
 * How long to wait before a place is filled again: not at all after a first end, twice as long after each further one, at
 * most 30 s; a worker that has served for a minute begins anew.
 */
export class Backoff {
  readonly #places = new Map<string, { strikes: number; until: number }>();

  /** Says that the worker of a place has ended by itself. `served`: milliseconds, 0 for one that was never ready. */
  strike(place: string, served: number, now: number): number {
    const before = this.#places.get(place)?.strikes ?? 0;
    const strikes = served >= wellAfter ? 1 : before + 1;
    // What has never served is not better for being tried at once.
    const doublings = served === 0 ? strikes : strikes - 1;
    const delay = doublings === 0 ? 0 : Math.min(longest, first * 2 ** (doublings - 1));
    this.#places.set(place, { strikes, until: now + delay });
    return delay;
  }

  /** Milliseconds from now until a place may be filled. */
  wait(place: string, now: number): number {
    return Math.max(0, (this.#places.get(place)?.until ?? 0) - now);
  }

  /** Forgets what happened before a reload: other code runs now. */
  forget(): void {
    this.#places.clear();
  }
}
