import { type Background, BackgroundFull } from "../contract/ambient.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { Logger } from "../logging/logger.ts";
import type { BackgroundOptions } from "./options.ts";
import { createTask, type Task } from "./task.ts";
import { type CutOffTasks, createTaskQueue } from "./task-queue.ts";

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

/** Gives the call of a task back as one that is traced; called when the task is added. */
export type TraceTask = (name: string, run: () => unknown) => () => unknown;

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

/**
 * Makes the runner of an app's background tasks.
 *
 * @param limits how many run and wait, and for how long one may run
 * @param trace follows the tasks
 */
export function createTaskRunner(limits: Required<BackgroundOptions>, trace?: TraceTask): TaskRunner {
  const { concurrency, timeout, queue: longest } = limits;
  const queue = createTaskQueue(concurrency, timeout);
  let heldByAll = 0;

  function checkRoom(name: string): void {
    if (heldByAll + queue.waiting + queue.running < concurrency + longest) return;
    const detail = `${concurrency} background tasks run and ${longest} wait; ${name} would be one more`;
    throw new BackgroundFull(detail, { headers: retryAfter });
  }

  function forRequest(log: Logger, requestId: string): RequestTasks {
    const held: Task[] = [];
    let state: "open" | "released" | "dropped" = "open";
    const letGo = (): readonly Task[] => {
      heldByAll -= held.length;
      return held.splice(0);
    };
    return {
      add: (call, ...args) => {
        const name = checkedName(call);
        if (state === "dropped") return log.debug({ task: name }, "background_task_dropped");
        checkRoom(name);
        const run = (): unknown => call(...args);
        const task = createTask({ name, run: trace === undefined ? run : trace(name, run), log, requestId });
        if (state === "released") return queue.push(task);
        held.push(task);
        heldByAll += 1;
      },
      release: () => {
        state = "released";
        for (const task of letGo()) queue.push(task);
      },
      drop: () => {
        state = "dropped";
        for (const { name } of letGo()) log.debug({ task: name }, "background_task_dropped");
      },
    };
  }

  return {
    forRequest,
    idle: queue.idle,
    get isIdle() {
      return queue.running === 0;
    },
    get figures() {
      return { running: queue.running, waiting: heldByAll + queue.waiting, ...queue.ended };
    },
    cutOff: queue.cutOff,
  };
}
