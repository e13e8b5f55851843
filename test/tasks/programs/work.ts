// What the tests of background tasks run in threads.
import { type Blocking, blocking, log } from "kilnjs";

export const add: Blocking<[a: number, b: number], number> = blocking(
  import.meta,
  function add(a: number, b: number): number {
    log.info({ sum: a + b }, "added");
    return a + b;
  },
);

export const fails: Blocking<[], void> = blocking(import.meta, function fails(): void {
  throw new RangeError("in the thread");
});

/** Never ends by itself. */
export const spin: Blocking<[], void> = blocking(import.meta, function spin(): void {
  for (;;);
});
