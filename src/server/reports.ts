import type { Family } from "../metrics/family.ts";
import type { ProcessReport } from "../metrics/report.ts";
import { addTotals } from "../metrics/totals.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** What is known of one worker. */
export interface KnownReport {
  readonly worker: WorkerHandle;
  /** Undefined for one that has never answered. */
  readonly report: ProcessReport | undefined;
  /** Whether it has answered this time. */
  readonly answered: boolean;
}

/** What is known of all of them. */
export interface Collected {
  readonly workers: readonly KnownReport[];
  /** What those that have ended had counted. */
  readonly ended: readonly Family[];
}

/** How long a worker may take to answer; one that hangs must not take the figures of the others with it. */
const patience = 1_000;
/** It may take longer as long as it is heard of: then it waits for the check of a resource, which says more than silence. */
const longest = 4_000;
/** A worker whose event loop turns is heard of once a second. */
const silence = 1_500;
const lookAgain = 200;

/** The label under which a worker's metrics and its line of a status stand. */
export function workerLabel({ role, number }: { readonly role: string; readonly number: number }): string {
  return `${role}-${number}`;
}

/** Asks workers for their figures, and keeps what those had counted that have ended. */
export class Reports {
  readonly #workers: () => Iterable<WorkerHandle>;
  readonly #last = new Map<WorkerHandle, ProcessReport>();
  readonly #asked = new Map<number, () => void>();
  #ended: readonly Family[] = [];
  #ids = 0;

  constructor(workers: () => Iterable<WorkerHandle>) {
    this.#workers = workers;
  }

  /** A worker has answered, or says its last. */
  took(worker: WorkerHandle, report: ProcessReport, id: number | undefined): void {
    this.#last.set(worker, report);
    if (id !== undefined) this.#asked.get(id)?.();
  }

  /** A worker is no more. */
  gone(worker: WorkerHandle): void {
    const last = this.#last.get(worker);
    if (last !== undefined) this.#ended = addTotals(this.#ended, last.families);
    this.#last.delete(worker);
  }

  /**
   * Asks every worker that has opened its app.
   *
   * @param restart whether delays of the loop are counted afresh from here
   */
  async collect(restart: boolean): Promise<Collected> {
    const open = [...this.#workers()].filter(({ ready, state }) => ready !== undefined && state !== "ended");
    // The jobs are the same for all.
    const counting = open.find(({ state }) => state === "ready");
    const answers = await Promise.all(open.map((worker) => this.#ask(worker, worker === counting, restart)));
    const answered = new Set(open.filter((_, index) => answers[index] === true));
    // Read at one moment: a worker that has ended meanwhile is among the ended, and only there.
    const workers = [...this.#workers()].map((worker) => ({
      worker,
      report: this.#last.get(worker),
      answered: answered.has(worker),
    }));
    return { workers, ended: this.#ended };
  }

  async #ask(worker: WorkerHandle, jobs: boolean, restart: boolean): Promise<boolean> {
    this.#ids += 1;
    const id = this.#ids;
    const asked = performance.now();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#asked.set(id, () => resolve(true));
    const look = (): void => {
      const now = performance.now();
      if (now - asked > longest || now - worker.heardAt > silence) resolve(false);
      else timer = setTimeout(look, lookAgain);
    };
    let timer = setTimeout(look, patience);
    worker.tell({ kiln: "report", id, jobs, restart });
    const answered = await promise;
    clearTimeout(timer);
    this.#asked.delete(id);
    return answered;
  }
}
