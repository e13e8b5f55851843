// A function that is not exported, found all the same.
import { blocking } from "kilnjs";

const double = blocking(import.meta, function double(n: number): number {
  return 2 * n;
});

export const twice = (n: number): Promise<number> => double(n);
