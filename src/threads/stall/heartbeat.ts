/** Memory that both threads see: when the main thread last beat, how long a stall may last, and whether to wake up. */
export interface Heartbeat {
  readonly shared: SharedArrayBuffer;
  /** Nanoseconds of the clock that all threads share. */
  last(): bigint;
  beat(): void;
  /** Milliseconds. */
  limit(): number;
  setLimit(milliseconds: number): void;
  /** Ends the other thread's sleep, or keeps it from the next one. */
  wake(): void;
  /** Sleeps until it is woken, at most so many milliseconds. Blocks its thread: half the cost of a timer's turn. */
  sleep(milliseconds: number): void;
}

const lastSlot = 0;
const limitSlot = 1;
const wakeSlot = 2;
const slotCount = 3;
const nanoseconds = 1e6;

/** Opens the heartbeat: new in the main thread, on the memory that was sent in the monitor. */
export function openHeartbeat(shared: SharedArrayBuffer = new SharedArrayBuffer(slotCount * 8)): Heartbeat {
  const slots = new BigInt64Array(shared);
  return {
    shared,
    last: () => Atomics.load(slots, lastSlot),
    beat: () => void Atomics.store(slots, lastSlot, process.hrtime.bigint()),
    limit: () => Number(Atomics.load(slots, limitSlot)) / nanoseconds,
    setLimit: (milliseconds) => void Atomics.store(slots, limitSlot, BigInt(Math.round(milliseconds * nanoseconds))),
    wake: () => {
      Atomics.store(slots, wakeSlot, 1n);
      Atomics.notify(slots, wakeSlot);
    },
    sleep: (milliseconds) => {
      Atomics.wait(slots, wakeSlot, 0n, milliseconds);
      Atomics.store(slots, wakeSlot, 0n);
    },
  };
}

/** Milliseconds of the clock that all threads share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / nanoseconds;
}
