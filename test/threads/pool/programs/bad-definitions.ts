import { type Blocking, blocking } from "kilnjs";

export function defineInside(): Blocking<[], number> {
  return blocking(import.meta, function inner() {
    return 1;
  });
}

export const defineInsideArrow = (): Blocking<[], number> =>
  blocking(import.meta, function inner() {
    return 1;
  });

function same(): number {
  return 1;
}

blocking(import.meta, same);
let refused: unknown;
try {
  blocking(import.meta, same);
} catch (error) {
  refused = error;
}

export function defineTwice(): Error {
  if (refused instanceof Error) return refused;
  throw new Error("was not refused");
}
