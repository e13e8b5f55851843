import { type Blocking, blocking, kiln } from "kilnjs";

export const double: Blocking<[n: number], number> = blocking(import.meta, function double(n: number): number {
  return 2 * n;
});
const app = kiln({ title: "Effects" });
try {
  if (process.env.KILN_TEST_EFFECT === "yes") void app.listen({ port: 0 });
} catch {
  // Whatever a module does about it, it has tried.
}
