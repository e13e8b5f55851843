import type { Part } from "../../logging/context.ts";
import { blockingCall } from "./blocking-call.ts";
import type { Frame, Line, Sample, SampledActivity, Turned } from "./messages.ts";
import type { Allowed } from "./rate.ts";
import { ownerOf, userFrames } from "./user-frames.ts";

/** Milliseconds after which a sample counts as one that had to wait for native code. */
const promptly = 15;
/** What a collection that is felt leaves of the heap, at most. */
const shrunk = 0.9;
const megabyte = 1024 * 1024;

/** What is known of a stall. */
export interface Observed {
  /** Undefined when the main thread could not be interrupted. */
  readonly sample: Sample | undefined;
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds from asking to the sample. */
  readonly delay: number;
  /** Undefined while it lasts. */
  readonly end: (Turned & { readonly reported: boolean }) | undefined;
}

/**
 * Whether a garbage collection may be what blocked: nothing could be interrupted, and no native function was called that
 * would say why. Functions such as `JSON.parse` look the same, but for what they do to the heap.
 */
export function maybeCollection({ sample, delay }: Observed): boolean {
  const innermost = sample?.frames[0];
  const isOpen = innermost === undefined || !["node", "built-in"].includes(ownerOf(innermost));
  return sample !== undefined && delay > promptly && isOpen;
}

/** Whether the thread had less than a quarter of the time, so that it waited for something or for the processor. */
function lackedTime({ duration, end }: Observed): boolean {
  return end !== undefined && end.cpu < duration / 4;
}

/** Whether nothing was there that could have blocked: it was the machine that had no time for the thread. */
export function isStarved(observed: Observed): boolean {
  const { sample, end } = observed;
  if (sample === undefined || end?.reported === true || !lackedTime(observed)) return false;
  return sample.activity === undefined && sample.frames.every((frame) => ownerOf(frame) === "kiln");
}

/** Told by its time, or else by a heap that has become clearly smaller meanwhile. */
export function isCollection(observed: Observed): boolean {
  const { sample, duration, end } = observed;
  if (sample === undefined) return false;
  if (end?.collecting !== undefined) return end.collecting > duration / 2;
  return maybeCollection(observed) && sample.heap.used < sample.usedBefore * shrunk;
}

function heapFields({ heap }: Sample): Record<string, number> {
  return { heap_used_mb: Math.round(heap.used / megabyte), heap_limit_mb: Math.round(heap.limit / megabyte) };
}

/** The provider or handler: where several run at once, the one whose function the stack begins with. */
function partName({ name, concurrent }: Part, frames: readonly Frame[]): string {
  const outermost = frames.findLast((frame) => ownerOf(frame) === "user")?.name ?? "";
  return concurrent === true && outermost !== "" ? outermost : name;
}

/** The line that reports a stall. */
export async function stallReport(observed: Observed, { suppressed }: Allowed): Promise<Line> {
  const { sample, duration, delay, end } = observed;
  const times = {
    duration_ms: Math.round(duration),
    ...(end === undefined ? { ongoing: true } : {}),
    ...(end?.collecting === undefined ? {} : { gc_ms: Math.round(end.collecting) }),
    ...(end === undefined ? {} : { cpu_ms: Math.round(end.cpu) }),
  };
  const repeated = suppressed > 0 ? { suppressed } : {};
  if (sample !== undefined && end?.reported !== true && isCollection(observed)) {
    // Whoever needed the memory at that moment is not the one who filled it: no route is blamed.
    // Threads of the engine take part in a collection, so the main one may have waited for them or for the machine.
    const hint = lackedTime(observed) && sample.heap.used < sample.heap.limit / 2 ? roomyHint : gcHint;
    return { message: "gc_pause", fields: { ...times, ...heapFields(sample), ...repeated, hint } };
  }
  const message = end?.reported === true ? "event_loop_unblocked" : "event_loop_blocked";
  if (sample === undefined) return { message, fields: { ...times, ...repeated, frames: [], hint: nativeHint } };
  const { activity, frames } = sample;
  const shown = await userFrames(frames);
  const declared = shown.length === 0 && activity?.part?.place ? { declared: activity.part.place } : {};
  const { call, hint, known = false } = blockingCall(frames, delay > promptly);
  const isWaiting = !known && lackedTime(observed);
  return {
    message,
    fields: {
      ...times,
      ...who(activity, frames),
      ...declared,
      frames: shown,
      ...(call === undefined ? {} : { call }),
      ...repeated,
      hint: isWaiting ? `${hint}. ${waitingHint}` : hint,
    },
  };
}

const gcHint = "The heap is nearly full or holds much: look at what is kept, and give Node more memory if it is needed";
const roomyHint =
  "The heap has room: the collection was long for what it keeps, or for want of the processor, which it had for cpu_ms only";
const waitingHint = "It had the processor for cpu_ms only: the machine is short of it, or a native call waited";
const nativeHint =
  "Native code that cannot be interrupted, such as a synchronous process, file or parser; route and frames follow when it returns";

/** For whom it ran: route and provider or handler, or a task, or a job. */
function who(activity: SampledActivity | undefined, frames: readonly Frame[]): Record<string, string | undefined> {
  if (activity === undefined) return {};
  const { kind, name, method, part } = activity;
  if (kind === "task" || kind === "job") return { [kind]: name };
  if (kind === "app") return {};
  return { method, route: name, ...(part === undefined ? {} : { [part.kind]: partName(part, frames) }) };
}
