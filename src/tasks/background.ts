import type { Background } from "../contract/ambient.ts";
import { type Activity, runFor } from "../logging/context.ts";
import type { Logger } from "../logging/logger.ts";

interface Task extends Activity {
  readonly name: string;
  readonly run: () => unknown;
}

/** Tasks of one request, held back until its response has been sent. */
export interface RequestTasks extends Background {
  /** Hands the tasks over to run. */
  release(): void;
}

/** Runs background tasks of all requests of an app. */
export interface TaskRunner {
  forRequest(log: Logger, requestId: string): RequestTasks;
  /** Resolves when nothing runs or waits; tasks that tasks add are waited for too. */
  idle(): Promise<void>;
  /** Names of what runs or waits now. */
  pending(): readonly string[];
}

/**
 * Makes the runner of an app's background tasks.
 *
 * @param concurrency how many run at once; more wait their turn in order
 */
export function createTaskRunner(concurrency: number = 100): TaskRunner {
  const waiting: Task[] = [];
  const running = new Set<Task>();
  let idleWaiters: (() => void)[] = [];

  async function run(task: Task): Promise<void> {
    running.add(task);
    try {
      // Entered again: the event that ends a response does not carry the context of its request.
      await runFor(task, task.run);
    } catch (error) {
      // One task's failure is its own: the others, and the request that has been answered, do not feel it.
      task.log.error({ err: error, task: task.name }, "background_task_failed");
    }
    running.delete(task);
    next();
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

  return {
    forRequest: (log, requestId) => {
      const held: Task[] = [];
      let released = false;
      return {
        add: (task, ...args) => {
          const added: Task = {
            kind: "task",
            name: task.name === "" ? "anonymous" : task.name,
            run: () => task(...args),
            log,
            requestId,
          };
          if (!released) held.push(added);
          else {
            waiting.push(added);
            next();
          }
        },
        release: () => {
          released = true;
          waiting.push(...held.splice(0));
          next();
        },
      };
    },
    idle: () =>
      running.size + waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve)),
    pending: () => [...running, ...waiting].map((task) => task.name),
  };
}
