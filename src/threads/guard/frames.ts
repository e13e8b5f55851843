import { isAbsolute, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";
import { ownFolder } from "../../errors/own-files.ts";
import { shortPath } from "../../errors/place.ts";

/** A frame of code that is neither Node's nor Kiln's. */
export interface Frame {
  /** Absolute. */
  readonly file: string;
  readonly line: number;
  /** Of the function; empty for one without a name. */
  readonly name: string;
}

/** What the paths of the guard's own code begin with: its folder, or the one file that the build makes of it. */
const guard = import.meta.url.endsWith(".ts") ? import.meta.dirname + sep : import.meta.filename;
/** Kiln's own code. */
const kilnFolder = fileURLToPath(ownFolder);

const paths = new Map<string, string>();

/** The path of a script, as stacks name it; `node:...` stays, and what has no file is empty. */
function pathOf(script: string): string {
  if (!script.startsWith("file:")) return script.startsWith("node:") || isAbsolute(script) ? script : "";
  let path = paths.get(script);
  if (path === undefined) {
    // A query that makes a module be loaded once more is no part of the file's name.
    path = fileURLToPath(script.split(/[?#]/, 1)[0] ?? script);
    paths.set(script, path);
  }
  return path;
}

/**
 * The frames that led to the call, nearest first, up to where Kiln called the user's code. Only what runs now is looked
 * at: who awaits it has no part in what it does.
 *
 * @returns undefined for a call that is nobody's fault: Kiln's own, Node's own (such as writing to standard output), and
 * one that is made while a module is loaded, which happens once
 */
export function callFrames(): readonly Frame[] | undefined {
  const found: Frame[] = [];
  for (const { scriptName, lineNumber, functionName } of getCallSites(200)) {
    const file = pathOf(scriptName);
    // Built-in functions such as `map`, and text that was compiled.
    if (file === "" || file.startsWith(guard)) continue;
    if (file.startsWith("node:internal/modules/")) return undefined;
    const passed = file.startsWith("node:") || file.startsWith(kilnFolder);
    if (passed && found.length === 0) return undefined;
    if (file.startsWith(kilnFolder)) break;
    if (!passed) found.push({ file, line: lineNumber, name: functionName });
  }
  return found.length === 0 ? undefined : found;
}

/** The frame to show: the nearest of the user's own, or of a package where no code of the user's is on the stack. */
export function nearestFrame(frames: readonly Frame[]): Frame {
  const own = frames.find(({ file }) => !file.includes(`${sep}node_modules${sep}`));
  // There is one frame at least.
  return own ?? (frames[0] as Frame);
}

/** The place of a frame as `file:line`, relative to where the process was started when it lies below. */
export function placeOf({ file, line }: Frame): string {
  return `${shortPath(file)}:${line}`;
}

/** A frame as a line of a stack. */
export function frameText(frame: Frame): string {
  return frame.name === "" ? placeOf(frame) : `${frame.name} (${placeOf(frame)})`;
}
