import inspector from "node:inspector";
import { type Activity, currentActivity } from "../../logging/context.ts";
import { type Collections, heapUse } from "./collections.ts";
import { type Heartbeat, sharedNow } from "./heartbeat.ts";
import type { Sample, Turned } from "./messages.ts";
import { sampledActivity, stackFrames } from "./sample.ts";

/** What the monitor calls in the main thread. It reaches the global object only, so that is where it stands. */
export const hookName: symbol = Symbol.for("kilnjs.stall");

/** Takes samples in the main thread, and tells how long what was sampled has lasted. */
export interface Sampler {
  /** Called by the timer that shows that the loop turns. @returns what has lasted too long, if something has */
  beat(): Turned | undefined;
  /** Hands over for whom a sample was taken. */
  take(id: number): Activity | undefined;
  stop(): void;
}

interface Moment {
  /** `performance.now()`. */
  readonly at: number;
  /** Milliseconds that the loop has waited for something to do, since the process began. */
  readonly idle: number;
  /** Microseconds of CPU time that the thread has had. */
  readonly cpu: number;
  /** Bytes of the heap in use. */
  readonly used: number;
}

function now(): Moment {
  const { user, system } = process.threadCpuUsage();
  return {
    at: performance.now(),
    idle: performance.eventLoopUtilization().idle,
    cpu: user + system,
    used: heapUse().used,
  };
}

/** Milliseconds of work since a moment: the loop began its turn when it stopped waiting. */
function activeSince(earlier: Moment, { at, idle }: Moment): number {
  return at - earlier.at - (idle - earlier.idle);
}

export function startSampling(heartbeat: Heartbeat, collections: Collections): Sampler {
  const activities = new Map<number, Activity | undefined>();
  let last = now();
  let lastId = 0;
  let pending: number | undefined;

  function takeSample(): string {
    const active = activeSince(last, now());
    const activity = currentActivity();
    lastId += 1;
    const sample: Sample = {
      id: lastId,
      beat: String(heartbeat.last()),
      active,
      at: sharedNow(),
      heap: heapUse(),
      usedBefore: last.used,
      debugged: inspector.url() !== undefined,
      wanted: activity?.log.isLevelEnabled("warn") ?? true,
      activity: sampledActivity(activity),
      // Without this function and the expression that called it.
      frames: stackFrames().slice(2),
    };
    if (active >= heartbeat.limit() && !sample.debugged) {
      // The first of a stall stays: what the monitor asks later is the same stall.
      pending ??= sample.id;
      activities.set(sample.id, activity);
    }
    return JSON.stringify(sample);
  }

  function beat(): ReturnType<Sampler["beat"]> {
    const before = last;
    const current = now();
    last = current;
    heartbeat.beat();
    const collecting = collections.take();
    if (pending === undefined) return undefined;
    const id = pending;
    pending = undefined;
    return { id, duration: activeSince(before, current), cpu: (current.cpu - before.cpu) / 1000, collecting };
  }

  Object.defineProperty(globalThis, hookName, { value: takeSample, configurable: true });
  return {
    beat,
    take: (id) => {
      const activity = activities.get(id);
      // Of a stall that was sampled twice, one sample is reported.
      for (const other of activities.keys()) if (other <= id) activities.delete(other);
      return activity;
    },
    stop: () => void Reflect.deleteProperty(globalThis, hookName),
  };
}
