// What the tests of background tasks run in threads.
import { blocking, log } from "kilnjs";

export const add = blocking(import.meta, function add(a: number, b: number): number {
  log.info({ sum: a + b }, "added");
  return a + b;
});

export const fails = blocking(import.meta, function fails(): void {
  throw new RangeError("in the thread");
});

/** Never ends by itself. */
export const spin = blocking(import.meta, function spin(): void {
  for (;;);
});
