import { blocking } from "kilnjs";

export const add = blocking(import.meta, function add(a: number, b: number): number {
  return a + b;
});
