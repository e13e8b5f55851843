/**
 * The monitor: the entry of the thread that watches the main one. See `messages.ts` for how they work together.
 *
 * It holds no lock and never pauses the main thread, so that whatever ends it leaves the app as it is.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { ask } from "./ask.ts";
import { openHeartbeat, sharedNow } from "./heartbeat.ts";
import type { FromMonitor, MonitorSettings, Sample, Turned } from "./messages.ts";
import { writeLine } from "./own-line.ts";
import { createRate, subjectOf } from "./rate.ts";
import { isCollection, isStarved, maybeCollection, type Observed, stallReport } from "./report.ts";
import { showsUser } from "./user-frames.ts";

/** Milliseconds after which a stall that lasts is reported as it is. */
const stillAfter = 2_000;
/** Milliseconds between looks at a loop that does not turn. */
const lookAgain = 20;
/** The same as long as no sample has come: the sooner it is taken, the nearer it is to what blocks. */
const lookSoon = 4;
/** Samples of one turn; more are not asked for while none shows the user's code. */
const mostSamples = 10;
/** Milliseconds by which this thread may be late; beyond, the machine slept or had no time for either thread. */
const tolerance = 30;
/** Turns whose end may still be told. */
const kept = 20;

interface Taken {
  readonly sample: Sample;
  /** Milliseconds from asking to the sample. */
  readonly delay: number;
  /** Whether it shows code of the user's. */
  readonly telling: boolean;
}

/** What is known of one turn of the loop. */
interface Turn {
  readonly beat: bigint;
  readonly samples: Taken[];
  /** When the sample that is awaited was asked for; undefined when none is. */
  askedAt: number | undefined;
  /** Not asked before. */
  notBefore: number;
  /** Milliseconds in which the machine stood still. */
  frozen: number;
  /** Whether it was asked for once more, as it lasts. */
  askedAgain: boolean;
  /** Whether it was reported while it lasts. */
  reported: boolean;
}

// The one who starts this module sends this.
const settings = workerData as MonitorSettings;
const heartbeat = openHeartbeat(settings.shared);
const rate = createRate(settings.sparing ? 60_000 : 0);
const sampled: Turn[] = [];
/** Reports that are being made. */
let busy = 0;
let due = sharedNow();
let turn = newTurn();

function newTurn(): Turn {
  const samples: Taken[] = [];
  const beat = heartbeat.last();
  return { beat, samples, askedAt: undefined, notBefore: 0, frozen: 0, askedAgain: false, reported: false };
}

function look(): void {
  const now = sharedNow();
  if (turn.beat !== heartbeat.last()) turn = newTurn();
  else if (now - due > tolerance) turn.frozen += now - due;
  const left = heartbeat.limit() - silence(turn, now);
  if (left <= 0) pursue(turn, now);
  const pause = left > 0 ? Math.max(1, left) : turn.samples.length > 0 ? lookAgain : lookSoon;
  due = now + pause;
  // The answer to a question comes as an event; nothing else is waited for.
  if (left <= 0 || turn.askedAt !== undefined || busy > 0) setTimeout(look, pause);
  else {
    heartbeat.sleep(pause);
    setImmediate(look);
  }
}

/** Milliseconds without a beat. */
function silence({ beat, frozen }: Turn, now: number): number {
  return now - Number(beat) / 1e6 - frozen;
}

function pursue(current: Turn, now: number): void {
  const isStill = silence(current, now) >= stillAfter && !current.reported;
  if (current.askedAt === undefined && now >= current.notBefore && isWorthAsking(current, isStill)) {
    current.askedAt = now;
    current.askedAgain = isStill;
    // Without an answer, as when the main thread ends, there is nothing to tell.
    ask().then(
      (sample) => answered(current, now, sample),
      () => undefined,
    );
  } else if (isStill) void reportStill(current, now);
}

/** What lasts is asked again, as it may have gone elsewhere; so is what has not shown any of the user's code. */
function isWorthAsking({ samples, askedAgain, reported }: Turn, isStill: boolean): boolean {
  if (isStill) return !askedAgain;
  return !reported && samples.length < mostSamples && !samples.some(({ telling }) => telling);
}

/** The sample that tells most: the last that shows code of the user's, or else the last. */
function best({ samples }: Turn): Taken | undefined {
  return samples.findLast(({ telling }) => telling) ?? samples.at(-1);
}

function answered(asked: Turn, askedAt: number, sample: Sample | undefined): void {
  asked.askedAt = undefined;
  if (sample === undefined || sample.beat !== String(asked.beat)) return;
  const left = heartbeat.limit() - (sample.active - asked.frozen);
  if (sample.debugged) {
    // What stops at a breakpoint is no stall, however long it lasts.
    asked.reported = true;
    asked.notBefore = Number.POSITIVE_INFINITY;
  } else if (left > 0) asked.notBefore = sharedNow() + left;
  else {
    asked.notBefore = sharedNow() + lookAgain;
    asked.samples.push({ sample, delay: sample.at - askedAt, telling: showsUser(sample.frames) });
    if (!sampled.includes(asked)) sampled.push(asked);
    sampled.splice(0, sampled.length - kept);
  }
}

/** Reports a loop that does not turn; the main thread cannot. */
async function reportStill(current: Turn, now: number): Promise<void> {
  current.reported = true;
  const { sample, delay = 0 } = best(current) ?? {};
  if (sample?.wanted === false) return;
  const observed: Observed = { sample, duration: silence(current, now), delay, end: undefined };
  const allowed = rate.allow(subjectOf(sample?.activity));
  if (allowed === undefined) return;
  const line = await stallReport(observed, allowed);
  await writeLine(settings.logging, sample?.activity?.requestId, line);
}

function tell(message: FromMonitor): void {
  parentPort?.postMessage(message);
}

/** The turn that was sampled under a number. Its sample comes by another way than its end, and may come later. */
async function turnOf(id: number): Promise<Turn | undefined> {
  const find = (): Turn | undefined => sampled.find(({ samples }) => samples.some(({ sample }) => sample.id === id));
  for (let i = 0; i < 5 && find() === undefined; i++) await wait(lookAgain);
  return find();
}

/** The loop turns again: this is the report of most stalls. */
async function turned(end: Turned): Promise<void> {
  const ended = await turnOf(end.id);
  const taken = ended === undefined ? undefined : best(ended);
  if (ended === undefined || taken === undefined) return tell({ kind: "dropped", id: end.id });
  const { sample, delay } = taken;
  // What it had the processor for was not frozen, however late this thread was.
  const duration = end.duration - Math.min(ended.frozen, Math.max(0, end.duration - end.cpu));
  const stall = { duration, name: sample.activity?.name, endedAt: Date.now() };
  const observed: Observed = { sample, duration, delay, end: { ...end, reported: ended.reported } };
  if (duration < heartbeat.limit() || isStarved(observed)) return tell({ kind: "dropped", id: sample.id });
  const subject = isCollection(observed) ? "gc" : subjectOf(sample.activity);
  // One that was reported while it lasted is told the end of, by whatever count.
  const allowed = ended.reported ? { suppressed: 0 } : rate.allow(subject);
  const line = allowed === undefined ? undefined : await stallReport(observed, allowed);
  tell({ kind: "stall", id: sample.id, stall, line, suspectsCollection: maybeCollection(observed) });
}

parentPort?.on("message", (end: Turned) => {
  busy += 1;
  void turned(end).finally(() => {
    busy -= 1;
  });
});
look();
