/*
 * A worker may call others dead because they are silent only when it has been in touch with the database itself for as
 * long. After an outage of the network, or of this machine, everybody has been silent, and whoever is back first would
 * take over what still runs.
 *
 * Both threads of a worker keep count, by the clock of the wall, for the other one stands still while a machine sleeps.
 * That of the heartbeat is needed where jobs block the event loop: the main thread alone would never be in touch for long.
 */

/** How long a thread has been in touch with the database, without a gap. */
export interface Contact {
  /**
   * Called when the database has answered.
   *
   * @param next milliseconds until it is asked again: an answer that comes much later comes after a gap
   */
  made(next: number): void;
  lost(): void;
  /** Whether it has been for `milliseconds`, until now. */
  lastedFor(milliseconds: number): boolean;
}

/** Makes the memory in which a contact is kept, for both threads to see. */
export function createContactMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
}

const since = 0;
const due = 1;
const known = 2;

/**
 * Looks at a contact, and keeps it.
 *
 * @param memory of its own, or one that another thread looks at
 * @param slack milliseconds that an answer may be late without having come after a gap
 * @param trusted whether the first answer counts as one without a gap before it
 */
export function createContact(memory: SharedArrayBuffer, slack: number, trusted: boolean): Contact {
  const cells = new BigInt64Array(memory);
  const read = (cell: number): number => Number(Atomics.load(cells, cell));
  const write = (cell: number, value: number): void => {
    Atomics.store(cells, cell, BigInt(Math.round(value)));
  };
  return {
    made: (next) => {
      const now = Date.now();
      const first = trusted && read(due) === 0;
      if (!first && (read(known) === 0 || now > read(due) + slack)) write(since, now);
      write(due, now + next);
      write(known, 1);
    },
    lost: () => write(known, 0),
    lastedFor: (milliseconds) => {
      const now = Date.now();
      return read(known) === 1 && now <= read(due) + slack && now - read(since) >= milliseconds;
    },
  };
}
