import type { Piscina } from "piscina";
import type { Call } from "./call.ts";

/** A task as piscina keeps it, and the queue that it asks for one. */
type TaskQueue = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>["taskQueue"]>;
type Task = Parameters<TaskQueue["push"]>[0];

/** The key under which piscina hands on what stands on a message beside its data; clones do not have it. */
export const ofCall: unique symbol = Symbol.for("Piscina.queueOptions") as never;

/** The call that a task of piscina's is made for; undefined for a task that only wakes threads. */
export function callOf(task: object): Call | undefined {
  // It is what was put on the message under the same symbol; piscina says null where nothing was.
  return (Reflect.get(task, ofCall) as Call | null | undefined) ?? undefined;
}

/**
 * The calls that wait for a thread, first come first served. Piscina's own queue cannot give one back: it keeps calls that
 * may be stopped in another list, which it does not bound, and whose order changes.
 */
export class CallQueue implements TaskQueue {
  // In the order in which they were added; any can be taken out.
  readonly #tasks = new Map<object, Task>();
  #first: Task | undefined;

  get size(): number {
    return this.#tasks.size + (this.#first === undefined ? 0 : 1);
  }

  shift(): Task | null {
    const first = this.#first;
    if (first !== undefined) {
      this.#first = undefined;
      return first;
    }
    for (const [key, task] of this.#tasks) {
      this.#tasks.delete(key);
      return task;
    }
    return null;
  }

  push(task: Task): void {
    this.#tasks.set(callOf(task) ?? task, task);
  }

  /** Takes back what `shift` gave, when there is no thread for it after all. */
  unshift(task: Task): void {
    this.#first = task;
  }

  remove(task: Task): void {
    this.drop(callOf(task) ?? task);
  }

  /** Takes out what was queued for a call; false when nothing is. */
  drop(key: object): boolean {
    if (this.#first !== undefined && (callOf(this.#first) ?? this.#first) === key) {
      this.#first = undefined;
      return true;
    }
    return this.#tasks.delete(key);
  }
}
