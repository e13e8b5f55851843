import { createServer } from "node:http";
import { type Blocking, blocking } from "kilnjs";

export const double: Blocking<[n: number], number> = blocking(import.meta, function double(n: number): number {
  return 2 * n;
});
if (process.env.KILN_TEST_EFFECT === "yes") createServer().listen(0);
