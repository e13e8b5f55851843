/** Memory that both threads see: when the main thread last beat, and how long a stall may last, in nanoseconds. */
export interface Heartbeat {
  readonly shared: SharedArrayBuffer;
  /** Nanoseconds of the clock that all threads share. */
  last(): bigint;
  beat(): void;
  /** Milliseconds. */
  limit(): number;
  setLimit(milliseconds: number): void;
}

const lastSlot = 0;
const limitSlot = 1;
const nanoseconds = 1e6;

/** Opens the heartbeat: new in the main thread, on the memory that was sent in the monitor. */
export function openHeartbeat(shared: SharedArrayBuffer = new SharedArrayBuffer(16)): Heartbeat {
  const slots = new BigInt64Array(shared);
  return {
    shared,
    last: () => Atomics.load(slots, lastSlot),
    beat: () => void Atomics.store(slots, lastSlot, process.hrtime.bigint()),
    limit: () => Number(Atomics.load(slots, limitSlot)) / nanoseconds,
    setLimit: (milliseconds) => void Atomics.store(slots, limitSlot, BigInt(Math.round(milliseconds * nanoseconds))),
  };
}

/** Milliseconds of the clock that all threads share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / nanoseconds;
}
