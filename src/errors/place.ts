import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The place in the user's code that called `below`, as `file:line`.
 *
 * @param below the function whose caller is wanted; it and everything it called are left out
 * @returns `file:line`, the file as a path, or an empty string when the engine gives no stack
 */
// The parameter's exact type does not matter: captureStackTrace only compares identity.
export function callerPlace(below: (...args: never) => unknown): string {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = limit;
  const match = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]+):(\d+):\d+\)?\s*$/.exec(holder.stack ?? "");
  return match === null ? "" : `${shortPath(match[1] ?? "")}:${match[2]}`;
}

/** The file relative to where the process was started, when it lies below: shorter, and a terminal can still open it. */
export function shortPath(file: string): string {
  const path = file.startsWith("file://") ? fileURLToPath(file) : file;
  const below = relative(process.cwd(), path);
  return below.startsWith("..") || isAbsolute(below) ? path : below;
}
