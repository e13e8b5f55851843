import { isMainThread } from "node:worker_threads";
import { type Blocking, blocking } from "kilnjs";

export const double: Blocking<[n: number], number> = blocking(import.meta, function double(n: number): number {
  return 2 * n;
});
if (!isMainThread) throw new TypeError("no window here");
