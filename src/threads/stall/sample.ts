import { findSourceMap } from "node:module";
import { type Activity, currentActivity } from "../../logging/context.ts";
import type { Frame, SampledActivity } from "./messages.ts";
import { ownerOf } from "./user-frames.ts";

/** The deepest stack that is looked at. */
const deepest = 100;

/**
 * The stack of the calling thread. Called in the middle of other code, so it must not run any of the user's: it takes the
 * calls as the engine gives them, where their text would go through a hook of the user's or of a source map reader.
 */
export function stackFrames(): Frame[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = deepest;
    Error.prepareStackTrace = (_error, calls) => calls;
    Error.captureStackTrace(holder, stackFrames);
    // What the function above returns is what is found here.
    const frames = (holder.stack as NodeJS.CallSite[]).map(frameOf);
    return process.sourceMapsEnabled ? frames.map(inSource) : frames;
  } catch {
    // Frozen built-ins cannot be set.
    return [];
  } finally {
    restore(stackTraceLimit, prepareStackTrace);
  }
}

function restore(limit: number, prepare: typeof Error.prepareStackTrace): void {
  try {
    Error.stackTraceLimit = limit;
    // Undefined is what it is in a process where nobody has set it.
    Error.prepareStackTrace = prepare as NonNullable<typeof prepare>;
  } catch {
    // Frozen built-ins have not been changed either.
  }
}

function frameOf(call: NodeJS.CallSite): Frame {
  const file = call.getFileName() ?? undefined;
  const name = call.getFunctionName() ?? "";
  return {
    name: file === undefined ? builtInName(call, name) : name,
    file,
    line: call.getLineNumber() ?? 0,
    column: call.getColumnNumber() ?? 0,
    // The types do not know it; the engine has had it as long as it has async stacks.
    waits: (call as { isAsync?(): boolean }).isAsync?.() ?? false,
  };
}

/** Where maps are read by Node anyway, it knows also those that a loader has made and that are in no file. */
function inSource(frame: Frame): Frame {
  const { file, line, column } = frame;
  if (file === undefined || ownerOf(frame) !== "user") return frame;
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !("originalSource" in entry)) return frame;
  return { ...frame, file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** `JSON.parse`, `RegExp.test`: what has no file has a type. */
function builtInName(call: NodeJS.CallSite, name: string): string {
  const type = call.getTypeName() ?? "";
  return type === "" || type === "Object" ? name : `${type}.${name}`;
}

/** For whom the calling code runs, as data. */
export function sampledActivity(activity: Activity | undefined = currentActivity()): SampledActivity | undefined {
  if (activity === undefined) return undefined;
  const { kind, name, method, requestId, cleaningUp = false, part } = activity;
  return { kind, name, method, requestId, cleaningUp, part };
}
