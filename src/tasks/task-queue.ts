import type { Task } from "./task.ts";

/** What a shutdown lost of the tasks with one name. */
export interface CutOffTasks {
  readonly task: string;
  readonly count: number;
  /** How many of them had not even begun. */
  readonly waiting: number;
}

/** Tasks whose response is out: so many run, the others wait in order. */
export interface TaskQueue {
  /** Runs it as soon as there is a place. */
  push(task: Task): void;
  readonly running: number;
  readonly waiting: number;
  /** How those that have ended did so. */
  readonly ended: { readonly done: number; readonly failed: number; readonly overdue: number };
  /** Resolves when nothing runs or waits; tasks that tasks add are waited for too. */
  idle(): Promise<void>;
  /** Ends it: the signals of running tasks abort, those that wait never run, and no more are taken. */
  cutOff(reason: Error): readonly CutOffTasks[];
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
 * @param concurrency how many run at once
 * @param timeout milliseconds that one may run; 0 for no end
 */
export function createTaskQueue(concurrency: number, timeout: number): TaskQueue {
  const waiting: Task[] = [];
  const running = new Set<Task>();
  const ended = { done: 0, failed: 0, overdue: 0 };
  let idleWaiters: (() => void)[] = [];
  let closed = false;

  async function run(task: Task): Promise<void> {
    running.add(task);
    const failure = await task.start(timeout, () => {
      ended.overdue += 1;
      task.log.warn({ timeout_ms: timeout }, "background_task_overdue");
      leave(task);
    });
    // One task's failure is its own: the others, and the request that has been answered, do not feel it.
    if (failure !== undefined && !task.isAbort(failure.error)) {
      task.log.error({ err: failure.error }, "background_task_failed");
    }
    if (leave(task)) ended[failure === undefined ? "done" : "failed"] += 1;
  }

  /** Gives its place to the next; false when an overdue task has given it already. */
  function leave(task: Task): boolean {
    if (!running.delete(task)) return false;
    fill();
    return true;
  }

  function fill(): void {
    while (running.size < concurrency) {
      const task = waiting.shift();
      if (task === undefined) break;
      void run(task);
    }
    if (running.size > 0) return;
    for (const resolve of idleWaiters) resolve();
    idleWaiters = [];
  }

  return {
    push: (task) => {
      // Only what the grace has cut off already can add one now; it goes the same way.
      if (closed) return task.log.warn({ count: 1, waiting: 1 }, "background_tasks_cut_off");
      waiting.push(task);
      fill();
    },
    get running() {
      return running.size;
    },
    get waiting() {
      return waiting.length;
    },
    ended,
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
    cutOff: (reason) => {
      // What was told once is told.
      if (closed) return [];
      closed = true;
      const lost = countByName([...running], waiting.splice(0));
      for (const task of running) task.abort(reason);
      return lost;
    },
  };
}
