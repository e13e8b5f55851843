import { isMainThread } from "node:worker_threads";
import { type Blocking, blocking } from "kilnjs";

function double(n: number): number {
  return 2 * n;
}

let made: Blocking<[n: number], number> | undefined;
// The mistake: a thread does not get here.
if (isMainThread) made = blocking(import.meta, double);

export { made as double };
