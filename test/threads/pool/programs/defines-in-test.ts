import { test } from "node:test";
import { blocking } from "kilnjs";

const work = blocking(import.meta, function work(): number {
  return 1;
});

test("works", async () => void (await work()));
