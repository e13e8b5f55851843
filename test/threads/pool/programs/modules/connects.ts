import { connect } from "node:net";
import { type Blocking, blocking } from "kilnjs";

export const double: Blocking<[n: number], number> = blocking(import.meta, function double(n: number): number {
  return 2 * n;
});
const port = Number(process.env.KILN_TEST_PORT);
if (process.env.KILN_TEST_EFFECT === "yes") connect(port, "127.0.0.1").on("error", () => undefined);
