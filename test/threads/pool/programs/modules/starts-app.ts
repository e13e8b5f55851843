import { type Blocking, blocking, kiln } from "kilnjs";

export const double: Blocking<[n: number], number> = blocking(import.meta, function double(n: number): number {
  return 2 * n;
});
const app = kiln({ title: "Effects" });
// The mistake: it should stand behind import.meta.main.
if (process.env.KILN_TEST_EFFECT === "yes") await app.listen({ port: 0 });
