import { KilnError } from "../../errors/kiln-error.ts";
import { type Activity, currentActivity } from "../../logging/context.ts";
import type { RootLogger } from "../../logging/logger.ts";
import { type Core, coreOf } from "../../logging/scoped-logger.ts";
import { syncTwins } from "../sync-twins.ts";
import { allowance } from "./allowed.ts";
import { callFrames, type Frame, frameText, nearestFrame, placeOf } from "./frames.ts";
import type { GuardRules } from "./options.ts";
import { patchBlockingCalls } from "./patches.ts";

/** The guard of one app. */
export interface Guard {
  /** Errors that calls have thrown, one per place, whether or not anybody has caught them. */
  readonly thrown: readonly KilnError[];
  /** Lets go; the last app to do so puts Node's own functions back. */
  release(): void;
}

type Judge = (call: string, activity: Activity, frames: readonly Frame[]) => void;

/** What an app makes of a call. The key is what every logger of an app shares, so whatever runs for it leads here. */
const judges = new Map<Core, Judge>();
/** What puts Node's own functions back, the last one first. */
const restores: (() => void)[] = [];
/** Set where the process is for nothing but an app that is being developed. */
let forGood = false;
let judging = false;

/** Runs before every blocking call of the process. */
function beforeCall(call: string): void {
  if (judging) return;
  const activity = currentActivity();
  if (activity === undefined || activity.kind === "app") return;
  const core = coreOf(activity.log);
  const judge = core === undefined ? undefined : judges.get(core);
  if (judge === undefined) return;
  const frames = callFrames();
  if (frames === undefined) return;
  // The line that is written now may be written synchronously.
  judging = true;
  try {
    judge(call, activity, frames);
  } finally {
    judging = false;
  }
}

function hintFor(call: string): string {
  const twin = syncTwins[call];
  return twin === undefined ? "Run it in blocking()" : `Use ${twin}, or run it in blocking()`;
}

/** What the log calls that which the code ran for. */
const nameField = { request: "route", task: "task", job: "job" } as const;

function lineOf(call: string, { kind, name }: Activity, frames: readonly Frame[]): object {
  return {
    call,
    place: placeOf(nearestFrame(frames)),
    ...(kind === "app" || name === undefined ? {} : { [nameField[kind]]: name }),
    hint: hintFor(call),
    stack: frames.map(frameText),
  };
}

function errorOf(call: string, { kind, name = "without a name" }: Activity, place: string): KilnError {
  return new KilnError("KILN_GUARD_SYNC_IO", {
    where: `${place} for ${kind} ${name}`,
    what: call,
    why: "blocks the event loop: every other request waits until it returns",
    fix: `${hintFor(call)}; where it must stay, allow the place: guard: { allow: ["${place}"] }`,
  });
}

function createJudge({ mode, allow }: GuardRules, thrown: KilnError[]): Judge {
  const isAllowed = allowance(allow);
  const reported = new Set<string>();
  return (call, activity, frames) => {
    if (isAllowed(frames)) return;
    const place = placeOf(nearestFrame(frames));
    const key = `${call} ${place}`;
    const isNew = !reported.has(key);
    if (isNew) activity.log.warn(lineOf(call, activity, frames), "sync_io");
    reported.add(key);
    if (mode !== "throw") return;
    const error = errorOf(call, activity, place);
    if (isNew) thrown.push(error);
    throw error;
  };
}

/**
 * Puts the check before every blocking call now and for good, without an app yet. A CommonJS package that takes functions
 * out of a module when it is loaded, as in `const { execSync } = require("node:child_process")`, is seen only then.
 */
export function watchFromStart(): void {
  forGood = true;
  restores.push(patchBlockingCalls(beforeCall));
}

/**
 * Begins to watch what runs for an app in this thread; threads of a pool have Node's own functions.
 *
 * @param log the app's logger
 * @param rules what to do, with a mode other than `off`
 */
export function installGuard(log: RootLogger, rules: GuardRules): Guard {
  const core = coreOf(log);
  const thrown: KilnError[] = [];
  if (core !== undefined) judges.set(core, createJudge(rules, thrown));
  // Once more for every app: it may have loaded a module of Node that was not there before.
  restores.push(patchBlockingCalls(beforeCall));
  return {
    thrown,
    release: () => {
      if (core !== undefined) judges.delete(core);
      if (judges.size > 0 || forGood) return;
      for (const restore of restores.splice(0).reverse()) restore();
    },
  };
}
