import { type Blocking, blocking } from "kilnjs";

export const add: Blocking<[a: number, b: number], number> = blocking(
  import.meta,
  function add(a: number, b: number): number {
    return a + b;
  },
);
