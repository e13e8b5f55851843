import { type Background, BackgroundFull } from "../contract/ambient.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { Logger } from "../logging/logger.ts";
import type { BackgroundOptions } from "./options.ts";
import { createTask, type Task } from "./task.ts";

/*
 * A task is *held* by its request until the response is out, then *waiting* for a place, then *running*. It leaves as
 * *done*, *failed* or *overdue*; the function of an overdue one may still be at work, but nobody waits for it any more.
 * Held tasks count against the queue from the start: once `add` has returned, there is room.
 */

/** Tasks of one request, held back until its response has been sent. */
export interface RequestTasks extends Background {
  /** Hands the tasks over to run; those that come later go the same way at once. */
  release(): void;
  /** Forgets them, for a request that has failed; later ones are forgotten too. */
  drop(): void;
}

/** How many tasks there are, and how those that have ended did so. */
export interface TaskFigures {
  readonly running: number;
  /** Waiting for a place or for their response to be sent. */
  readonly waiting: number;
  readonly done: number;
  readonly failed: number;
  readonly overdue: number;
}

/** What a shutdown lost of the tasks with one name. */
export interface CutOffTasks {
  readonly task: string;
  readonly count: number;
  /** How many of them had not even begun. */
  readonly waiting: number;
}

/** Runs background tasks of all requests of an app. */
export interface TaskRunner {
  forRequest(log: Logger, requestId: string): RequestTasks;
  /** Resolves when nothing runs or waits; tasks that tasks add are waited for too. */
  idle(): Promise<void>;
  /** Whether nothing runs or waits now. */
  readonly isIdle: boolean;
  readonly figures: TaskFigures;
  /** Ends it: the signals of running tasks abort, those that wait never run, and no more are taken. */
  cutOff(reason: Error): readonly CutOffTasks[];
}

// Long enough for some tasks to end, short enough that a client does not give up.
const retryAfter = { "retry-after": "1" };

function checkedName(task: unknown): string {
  if (typeof task === "function") return task.name === "" ? "anonymous" : task.name;
  throw new KilnError("KILN_BACKGROUND_TASK", {
    where: "background.add()",
    what: task instanceof Promise ? "a promise" : String(task),
    why: "is no function, so there is nothing to call after the response",
    fix: "Pass the function and its arguments, `add(sendMail, address)`; `add(sendMail(address))` calls it now",
  });
}

function countByName(running: readonly Task[], waiting: readonly Task[]): CutOffTasks[] {
  const groups = Object.groupBy([...running, ...waiting], ({ name }) => name);
  const unbegun = new Set(waiting);
  return Object.entries(groups).map(([task, of = []]) => ({
    task,
    count: of.length,
    waiting: of.filter((one) => unbegun.has(one)).length,
  }));
}

/**
 * Makes the runner of an app's background tasks.
 *
 * @param limits how many run and wait, and for how long one may run
 */
export function createTaskRunner({ concurrency, timeout, queue }: Required<BackgroundOptions>): TaskRunner {
  const waiting: Task[] = [];
  const running = new Set<Task>();
  const counts = { held: 0, done: 0, failed: 0, overdue: 0 };
  let idleWaiters: (() => void)[] = [];
  let ended = false;

  function leave(task: Task): boolean {
    const left = running.delete(task);
    next();
    return left;
  }

  async function run(task: Task): Promise<void> {
    running.add(task);
    const failure = await task.start(timeout, () => {
      counts.overdue += 1;
      task.log.warn({ timeout_ms: timeout }, "background_task_overdue");
      leave(task);
    });
    // One task's failure is its own: the others, and the request that has been answered, do not feel it.
    if (failure !== undefined && !task.isAbort(failure.error)) {
      task.log.error({ err: failure.error }, "background_task_failed");
    }
    if (running.has(task)) counts[failure === undefined ? "done" : "failed"] += 1;
    leave(task);
  }

  function next(): void {
    while (running.size < concurrency) {
      const task = waiting.shift();
      if (task === undefined) break;
      void run(task);
    }
    if (running.size > 0) return;
    for (const resolve of idleWaiters) resolve();
    idleWaiters = [];
  }

  function accept(task: Task): void {
    if (ended) {
      // Only what the grace has cut off already can add one now; it goes the same way.
      task.log.warn({ count: 1, waiting: 1 }, "background_tasks_cut_off");
      return;
    }
    waiting.push(task);
    next();
  }

  function checkRoom(name: string): void {
    if (counts.held + waiting.length + running.size < concurrency + queue) return;
    const detail = `${concurrency} background tasks run and ${queue} wait; ${name} would be one more`;
    throw new BackgroundFull(detail, { headers: retryAfter });
  }

  function forRequest(log: Logger, requestId: string): RequestTasks {
    const held: Task[] = [];
    let state: "open" | "released" | "dropped" = "open";
    const letGo = (): readonly Task[] => {
      counts.held -= held.length;
      return held.splice(0);
    };
    return {
      add: (call, ...args) => {
        const name = checkedName(call);
        if (state === "dropped") return log.debug({ task: name }, "background_task_dropped");
        checkRoom(name);
        const task = createTask({ name, run: () => call(...args), log, requestId });
        if (state === "released") return accept(task);
        held.push(task);
        counts.held += 1;
      },
      release: () => {
        state = "released";
        for (const task of letGo()) accept(task);
      },
      drop: () => {
        state = "dropped";
        for (const { name } of letGo()) log.debug({ task: name }, "background_task_dropped");
      },
    };
  }

  return {
    forRequest,
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
    get isIdle() {
      return running.size === 0;
    },
    get figures() {
      const { held, ...outcomes } = counts;
      return { running: running.size, waiting: held + waiting.length, ...outcomes };
    },
    cutOff: (reason) => {
      ended = true;
      const lost = countByName([...running], waiting.splice(0));
      for (const task of running) task.abort(reason);
      return lost;
    },
  };
}
