// A plain script, which ends by itself.
import { blocking, log } from "kilnjs";

const double = blocking(import.meta, function double(n: number): number {
  log.info({ n }, "doubling");
  return 2 * n;
});

if (import.meta.main) console.log(await double(21));
