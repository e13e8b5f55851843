import { syncTwins } from "../sync-twins.ts";
import type { Frame } from "./messages.ts";
import { ownerOf, packageOf } from "./user-frames.ts";

/** What the user's code called that blocks, and what to do instead. */
export interface BlockingCall {
  /** `pbkdf2Sync (node:crypto)`, `JSON.parse`, `hashSync (bcryptjs)`; undefined when it is the user's code itself. */
  readonly call: string | undefined;
  readonly hint: string;
  /** Whether it is known to hold up the loop, so that nothing else has to explain why the thread did not compute. */
  readonly known?: boolean;
}

const compute = "Run it in blocking()";

/** The last word of a name in the table -> the name and its twin. */
const byFunction = new Map(
  Object.entries(syncTwins).map(([name, twin]) => [name.slice(name.lastIndexOf(".") + 1), { name, twin }]),
);

/**
 * Tells what blocks from the calls above the innermost function of the user's.
 *
 * @param frames a stack, innermost first
 * @param late whether the stack could be taken only when something had returned
 */
export function blockingCall(frames: readonly Frame[], late: boolean): BlockingCall {
  const first = frames.findIndex((frame) => ownerOf(frame) === "user");
  // In development the guard stands between the user's code and what it calls.
  const above = frames.slice(0, Math.max(0, first)).filter((frame) => ownerOf(frame) !== "kiln");
  // What the user's function called; what that called in turn is its own affair.
  const called = above.at(-1);
  if (called === undefined) return { call: undefined, hint: late ? lateHint(first < 0) : compute };
  const inNode = above.filter((frame) => ownerOf(frame) === "node").map(({ name }) => byFunction.get(name));
  const known = called.name === "Atomics.wait" ? byFunction.get("wait") : inNode.findLast((twin) => twin !== undefined);
  // A short function of Node's is where the code that calls it again and again happened to be.
  if (ownerOf(called) === "node" && known === undefined && !late) return { call: undefined, hint: compute };
  return { call: shownCall(called, known?.name), hint: hintFor(called, known?.twin), known: known !== undefined };
}

function shownCall(called: Frame, known: string | undefined): string {
  switch (ownerOf(called)) {
    case "package":
      return `${called.name} (${packageOf(called.file ?? "")})`;
    case "node":
      // Inside, Node's modules are called otherwise than what is imported.
      return known?.endsWith(called.name) ? known : `${called.name} (${called.file})`;
    default:
      return called.name;
  }
}

function hintFor(called: Frame, twin: string | undefined): string {
  if (twin !== undefined) return `Use ${twin}, or run it in blocking()`;
  if (called.name.startsWith("RegExp.") || /^String\.(match|replace|search|split)/.test(called.name)) {
    return "Rewrite the pattern so that it cannot backtrack, bound the length of the text, or run it in blocking()";
  }
  if (ownerOf(called) === "package") return "Use its asynchronous form if it has one, or run it in blocking()";
  return compute;
}

/** Some built-in functions cannot be interrupted, so that what called them has gone on when the stack is taken. */
function lateHint(isGone: boolean): string {
  const what = "It had returned when the stack could be taken, as JSON.parse and sort do: look";
  return `${what} ${isGone ? "into the function named here" : "at or above the first frame"}, and run it in blocking()`;
}
