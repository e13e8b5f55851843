import { inspect } from "node:util";

function isKilnError(error: unknown): error is Error {
  // By name, not by class: an app may bring a copy of Kiln of its own.
  return error instanceof Error && error.name === "KilnError";
}

/** The text for an error that ended a command: a mistake with Kiln says all in its message, any other needs its stack. */
export function errorText(error: unknown): string {
  return isKilnError(error) ? error.message : inspect(error);
}

/** Writes it to the standard error stream, at once. */
export function reportError(error: unknown): void {
  console.error(errorText(error));
}
