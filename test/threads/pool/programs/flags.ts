/** Two numbers that threads share: which thread runs, and whether it may end. */
export function newFlags(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Resolves to the id of the thread once the function runs. */
export async function running(flags: Int32Array, at: number = 0): Promise<number> {
  const waiting = Atomics.waitAsync(flags, at, 0);
  if (!waiting.async) return Atomics.load(flags, at);
  // The wait itself does not hold the process.
  const hold = setInterval(() => undefined, 60_000);
  await waiting.value;
  clearInterval(hold);
  return Atomics.load(flags, at);
}

/** Lets the function end. */
export function release(flags: Int32Array): void {
  Atomics.store(flags, 1, 1);
}
