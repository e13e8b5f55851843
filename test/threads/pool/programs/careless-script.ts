// A script without a guard: the thread would run it again.
import { blocking } from "kilnjs";

const double = blocking(import.meta, function double(n: number): number {
  return 2 * n;
});

console.log(await double(21).catch((error: unknown) => error));
