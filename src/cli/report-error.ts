import { inspect } from "node:util";

function isKilnError(error: unknown): error is Error {
  // By name, not by class: an app may bring a copy of Kiln of its own.
  return error instanceof Error && error.name === "KilnError";
}

/**
 * Writes an error that ended a command to the standard error stream, at once: a mistake with Kiln says all in its
 * message, any other needs its stack.
 */
export function reportError(error: unknown): void {
  console.error(isKilnError(error) ? error.message : inspect(error));
}
