import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { ownFolder } from "../../errors/own-files.ts";
import { shortPath } from "../../errors/place.ts";
import type { Frame } from "./messages.ts";
import { originalPlace } from "./source-place.ts";

/** More tell no more. */
const mostShown = 6;

/** Whose code a frame is. */
export type Owner = "user" | "kiln" | "package" | "node" | "built-in";

export function ownerOf({ file }: Frame): Owner {
  if (file === undefined) return "built-in";
  if (file.startsWith("node:")) return "node";
  if (file.startsWith(ownFolder)) return "kiln";
  // No regular expression: this may be called in the middle of one.
  if (file.includes("/node_modules/") || file.includes("\\node_modules\\")) return "package";
  return "user";
}

/** Whether a stack has functions of the user's. */
export function showsUser(frames: readonly Frame[]): boolean {
  return frames.some((frame) => ownerOf(frame) === "user");
}

/** The user's functions in a stack, innermost first: `slow (src/app.ts:12)`. */
export async function userFrames(frames: readonly Frame[]): Promise<string[]> {
  const own = frames.filter((frame) => ownerOf(frame) === "user").slice(0, mostShown);
  return Promise.all(own.map(shownFrame));
}

async function shownFrame({ name, file = "", line, column }: Frame): Promise<string> {
  const path = file.startsWith("file:") ? fileURLToPath(file) : file;
  const place = await originalPlace(path, line, column);
  // What is no path, such as `evalmachine.<anonymous>`, stays as it is.
  const shown = `${isAbsolute(place.path) ? shortPath(place.path) : place.path}:${place.line}`;
  return name === "" ? shown : `${name} (${shown})`;
}

/** The package a file belongs to: `bcryptjs`, `@scope/name`. */
export function packageOf(file: string): string {
  const after = file.split(/[\\/]node_modules[\\/]/).at(-1) ?? "";
  const [first = "", second = ""] = after.split(/[\\/]/);
  return first.startsWith("@") ? `${first}/${second}` : first;
}
