import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ownFolder } from "./own-files.ts";

/** Kiln calls itself no deeper than this where something is declared: `postgres()` makes a resource, `jobStatus()` routes. */
const deepest = 8;

/**
 * The place in the user's code that called `below`, as `file:line`; what of Kiln stands between is passed over.
 *
 * @param below the function whose caller is wanted; it and everything it called are left out
 * @returns `file:line`, the file as a path, or an empty string when the engine gives no stack
 */
// The parameter's exact type does not matter: captureStackTrace only compares identity.
export function callerPlace(below: (...args: never) => unknown): string {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = deepest;
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = limit;
  const places = (holder.stack ?? "").split("\n").flatMap(placeIn);
  const [first] = places;
  // Kiln declares things for itself as well, when it is loaded; those have no other place.
  const { file, line } = places.find(({ file }) => !file.startsWith(ownFolder)) ?? first ?? { file: "", line: "" };
  return file === "" ? "" : `${shortPath(file)}:${line}`;
}

function placeIn(frame: string): { readonly file: string; readonly line: string }[] {
  const [, file = "", line = ""] = /[\s(]((?:file:\/\/|\/|[A-Za-z]:\\)[^()]+):(\d+):\d+\)?\s*$/.exec(frame) ?? [];
  return file === "" ? [] : [{ file, line }];
}

/** The file relative to where the process was started, when it lies below: shorter, and a terminal can still open it. */
export function shortPath(file: string): string {
  const path = file.startsWith("file://") ? fileURLToPath(file) : file;
  const below = relative(process.cwd(), path);
  return below.startsWith("..") || isAbsolute(below) ? path : below;
}
