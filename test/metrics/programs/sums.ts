import { type Blocking, blocking } from "kilnjs";

/** Adds in a thread; refuses to add nothing. */
export const sum: Blocking<[...numbers: number[]], number> = blocking(
  import.meta,
  function sum(...numbers: number[]): number {
    if (numbers.length === 0) throw new Error("nothing to add");
    return numbers.reduce((all, one) => all + one);
  },
);
