import { ServerClosing } from "../contract/abort.ts";
import { runFor } from "../logging/context.ts";
import type { Logger, RootLogger } from "../logging/logger.ts";
import { JobLost, JobTimeout } from "./give-up.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { type HeldJob, heldKey } from "./held-jobs.ts";
import type { JobTracing } from "./job-tracing.ts";
import type { Envelope } from "./payload.ts";
import { type RunEnd, type RunItem, type RunnableJob, type RunScene, runBatch, runOne } from "./run.ts";
import type { Settler } from "./settle.ts";
import { storableText } from "./storable.ts";

/** A job as the queue gives it to a worker. */
export interface ClaimedJob extends HeldJob {
  readonly data: unknown;
  readonly retryLimit: number;
}

/** What the runs of a worker share. */
export interface RunsParts {
  readonly log: RootLogger;
  readonly heartbeat: Heartbeat;
  readonly settler: Settler;
  readonly tracing: JobTracing | undefined;
  readonly saveProgress: (
    job: HeldJob,
    progress: { readonly progress: number; readonly note?: string },
  ) => Promise<void>;
}

/** The jobs that run in this process. */
export interface Runs {
  /**
   * Runs jobs as one call of the handler; resolves when what came of them has been told to the queue, to whether one of
   * them waits again.
   */
  start(job: RunnableJob, claimed: readonly ClaimedJob[], onHandled: () => void): Promise<boolean>;
  /** Aborts the runs of a job that was cancelled, or of attempts that are another worker's now. */
  abort(matches: (job: HeldJob) => boolean, reason: Error): void;
  /** How many runs there are. */
  readonly size: number;
  /** Ends what still runs: signals abort, and what has not ended after `patience` is given back. */
  cutOff(patience: number): Promise<void>;
}

interface Run {
  readonly job: RunnableJob;
  readonly claimed: readonly ClaimedJob[];
  readonly control: AbortController;
  readonly log: Logger;
  /** Those of a batch that were cancelled or are another worker's now: only they are not told to the queue. */
  readonly gone: Set<HeldJob>;
  /** Set once it is decided what came of it. */
  decided: boolean;
  done: Promise<boolean>;
}

/** How long a handler may go on after its signal has aborted, in milliseconds. */
const abortPatience = 5_000;
const progressPause = 250;
/** The most characters of a note that are kept. */
const longestNote = 1_000;

function envelopeOf(data: unknown): Envelope {
  // Only `enqueue` writes jobs; anything else in the table is a payload that fits no schema.
  return typeof data === "object" && data !== null && "payload" in data ? (data as Envelope) : { payload: data };
}

function loggerFor(log: RootLogger, { definition }: RunnableJob, claimed: readonly ClaimedJob[]): Logger {
  const [first] = claimed;
  const request = claimed.length === 1 ? envelopeOf(first?.data).request : undefined;
  const own =
    claimed.length === 1 ? { job_id: first?.id, attempt: (first?.retryCount ?? 0) + 1 } : { jobs: claimed.length };
  return (request === undefined ? log : log.forRequest(request)).child({ job: definition.name, ...own });
}

/** Writes at most four times a second; the latest wins. */
function progressWriter(job: HeldJob, { saveProgress }: RunsParts, log: Logger): RunItem["progress"] {
  let latest: { progress: number; note?: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    timer = undefined;
    if (latest === undefined) return;
    const now = latest;
    latest = undefined;
    timer = setTimeout(write, progressPause);
    timer.unref();
    saveProgress(job, now).catch((error: unknown) => log.debug({ err: error }, "job_progress_lost"));
  };
  return (percent, note) => {
    latest = {
      progress: Math.min(100, Math.max(0, percent)) || 0,
      ...(note === undefined ? {} : { note: storableText(note, longestNote) }),
    };
    if (timer === undefined) write();
  };
}

/** Resolves to the reason once a signal has aborted and some time has passed: what goes on then is not waited for. */
function overdue(signal: AbortSignal): { readonly end: Promise<RunEnd>; clear(): void } {
  const { promise, resolve } = Promise.withResolvers<RunEnd>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => resolve({ ok: false, error: signal.reason, final: false }), abortPatience);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    end: promise,
    clear: () => {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(timer);
    },
  };
}

/** @returns whether the job waits again */
async function settleOne(
  parts: RunsParts,
  run: Run,
  claimed: ClaimedJob,
  end: RunEnd,
  duration: number,
): Promise<boolean> {
  const { settler } = parts;
  const log = run.claimed.length === 1 ? run.log : run.log.child({ job_id: claimed.id });
  const reason: unknown = run.control.signal.reason;
  if (run.gone.has(claimed)) {
    if (reason instanceof JobLost) log.warn({ duration_ms: duration }, "job_lost");
    else log.info({ duration_ms: duration }, "job_cancelled");
  } else if (end.ok) {
    await settler.complete(claimed, end.result);
    log.info({ duration_ms: duration }, "job_completed");
  } else if (reason instanceof ServerClosing || run.gone.size > 0) {
    // Neither is the job's fault: a shutdown, and a batch that was aborted for one of the others.
    await settler.giveBack([claimed]);
    if (reason instanceof ServerClosing) log.warn({ duration_ms: duration }, "job_returned");
    else log.info({ duration_ms: duration }, "job_batch_aborted");
  } else {
    const error = reason instanceof JobTimeout ? reason : end.error;
    const last = end.final || claimed.retryCount >= claimed.retryLimit;
    await settler.fail(claimed, error, end.final);
    if (last) log.error({ err: error, duration_ms: duration }, "job_failed");
    else log.warn({ err: error, duration_ms: duration }, "job_will_retry");
    return !last;
  }
  return false;
}

/** What of the ends of a run tracing shows as failed. */
function failuresOf(ends: readonly RunEnd[]): readonly unknown[] {
  return ends.flatMap((end) => (end.ok ? [] : [end.error]));
}

/** Calls the handler, in a span where there is tracing. */
function callHandler({ tracing }: RunsParts, { job, claimed, log }: Run, call: () => Promise<readonly RunEnd[]>) {
  if (tracing === undefined) return call();
  const jobs = claimed.map(({ id, retryCount, data }) => ({
    id,
    attempt: retryCount + 1,
    carrier: envelopeOf(data).trace,
  }));
  return tracing.run({ name: job.definition.name, jobs, log }, call, failuresOf);
}

async function execute(parts: RunsParts, run: Run, onHandled: () => void): Promise<boolean> {
  const { job, claimed, control, log } = run;
  const started = performance.now();
  const { timeout, batch } = job.definition.settings;
  const timer = setTimeout(() => control.abort(new JobTimeout(timeout)), timeout);
  const late = overdue(control.signal);
  const items: RunItem[] = claimed.map((each) => ({
    id: each.id,
    attempt: each.retryCount + 1,
    stored: envelopeOf(each.data).payload,
    progress: progressWriter(each, parts, log),
  }));
  const request = claimed.length === 1 ? envelopeOf(claimed[0]?.data).request : undefined;
  const scene: RunScene = { log, requestId: request, signal: control.signal };
  const call = (): Promise<readonly RunEnd[]> =>
    batch === undefined
      ? // A job without batches is claimed one by one for each run.
        runOne(job, items[0] as RunItem, scene).then((end) => [end])
      : runBatch(job, items, scene);
  const work = callHandler(parts, run, call);
  const ends = await Promise.race([work, late.end.then((end) => items.map(() => end))]);
  clearTimeout(timer);
  late.clear();
  onHandled();
  if (run.decided) return false;
  run.decided = true;
  const duration = Math.round(performance.now() - started);
  const waiting = await Promise.all(claimed.map((each, i) => settleOne(parts, run, each, ends[i] as RunEnd, duration)));
  return waiting.includes(true);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Makes the place where jobs run. */
export function createRuns(parts: RunsParts): Runs {
  const running = new Set<Run>();
  const { heartbeat, settler, log } = parts;

  const leave = (run: Run): void => {
    if (!running.delete(run)) return;
    for (const job of run.claimed) heartbeat.remove(job);
  };

  return {
    get size() {
      return running.size;
    },
    start: (job, claimed, onHandled) => {
      const run: Run = {
        job,
        claimed,
        control: new AbortController(),
        log: loggerFor(log, job, claimed),
        gone: new Set(),
        decided: false,
        done: Promise.resolve(false),
      };
      running.add(run);
      for (const each of claimed) heartbeat.add(each);
      // Outside of whatever the worker was woken by, so that nothing of that reaches the run.
      run.done = runFor({ kind: "app", log }, () => execute(parts, run, onHandled)).finally(() => leave(run));
      return run.done;
    },
    abort: (matches, reason) => {
      for (const { claimed, control, gone } of running) {
        const matching = claimed.filter(matches);
        for (const job of matching) gone.add(job);
        if (matching.length > 0) control.abort(reason);
      }
    },
    cutOff: async (patience) => {
      const left = [...running];
      for (const { control } of left) control.abort(new ServerClosing());
      await Promise.race([Promise.all(left.map(({ done }) => done)), wait(patience)]);
      const stuck = left.filter(({ decided }) => !decided);
      for (const run of stuck) run.decided = true;
      await settler.giveBack(stuck.flatMap(({ claimed }) => claimed));
      for (const run of stuck) {
        run.log.warn("job_cut_off");
        leave(run);
      }
    },
  };
}

/** Tells whether a held attempt is one of these. */
export function isOneOf(keys: readonly string[]): (job: HeldJob) => boolean {
  const wanted = new Set(keys);
  return (job) => wanted.has(heldKey(job));
}
