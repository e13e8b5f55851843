// Functions that the tests of threads call.
import { setTimeout as wait } from "node:timers/promises";
import { isMainThread, threadId } from "node:worker_threads";
import { type Blocking, blocking } from "kilnjs";
import { add } from "./sums.ts";

type Flagged = Blocking<[flags: Int32Array], string>;

export const where: Blocking<[], { main: boolean; isMainThread: boolean; threadId: number }> = blocking(
  import.meta,
  function where(): {
    main: boolean;
    isMainThread: boolean;
    threadId: number;
  } {
    return { main: import.meta.main, isMainThread, threadId };
  },
);

export const addLater: Blocking<[a: number, b: number], Promise<number>> = blocking(
  import.meta,
  async function addLater(a: number, b: number): Promise<number> {
    await wait(1);
    return add(a, b);
  },
);

export const nothing: Blocking<[], void> = blocking(import.meta, function nothing(): void {});

/** Says that it runs, then burns until `end` becomes 1, or for ever. */
export const burn: Flagged = blocking(import.meta, function burn(flags: Int32Array): string {
  Atomics.store(flags, 0, threadId);
  Atomics.notify(flags, 0);
  while (Atomics.load(flags, 1) === 0);
  return "burned";
});

/** The same, but ends when it is told that nobody wants it. */
export const burnUntilTold: Flagged = blocking(
  import.meta,
  function burnUntilTold(flags: Int32Array, signal: AbortSignal): string {
    Atomics.store(flags, 0, threadId);
    Atomics.notify(flags, 0);
    while (!signal.aborted);
    Atomics.store(flags, 1, 1);
    Atomics.notify(flags, 1);
    return "told";
  },
  { signal: true },
);

export const throwIfTold: Blocking<[flags: Int32Array], never> = blocking(
  import.meta,
  function throwIfTold(flags: Int32Array, signal: AbortSignal): never {
    Atomics.store(flags, 0, threadId);
    Atomics.notify(flags, 0);
    for (;;) signal.throwIfAborted();
  },
  { signal: true },
);

export const waitUntilTold: Flagged = blocking(
  import.meta,
  async function waitUntilTold(flags: Int32Array, signal: AbortSignal): Promise<string> {
    Atomics.store(flags, 0, threadId);
    Atomics.notify(flags, 0);
    await wait(600_000, undefined, { signal }).catch(() => undefined);
    return `told: ${signal.reason instanceof Error}`;
  },
  { signal: true },
);

export const eat: Blocking<[], number> = blocking(import.meta, function eat(): number {
  const kept: unknown[] = [];
  for (;;) kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i, text: `${i}` })));
});

export const leave: Blocking<[], void> = blocking(import.meta, function leave(): void {
  process.exit(7);
});

export const failLater: Blocking<[], void> = blocking(import.meta, async function failLater(): Promise<void> {
  setTimeout(() => {
    throw new RangeError("nobody catches this");
  }, 1);
  await wait(600_000);
});
