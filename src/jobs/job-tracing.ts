import type { Logger } from "../logging/logger.ts";

/** What is kept with a job to tell which request enqueued it: headers of W3C Trace Context, by name. */
export type TraceCarrier = Readonly<Record<string, string>>;

/** One call of a job's handler. */
export interface TracedRun {
  readonly name: string;
  /** The jobs that it is for: several in a batch. */
  readonly jobs: readonly {
    readonly id: string;
    readonly attempt: number;
    readonly carrier: TraceCarrier | undefined;
  }[];
  readonly log: Logger;
}

/** What follows jobs from where they are enqueued to where they run. */
export interface JobTracing {
  /**
   * Called around the enqueueing of a job.
   *
   * @param name of the job
   * @param put puts it into the queue, with what is to be kept beside it, and gives its id
   */
  enqueue(name: string, put: (carrier: TraceCarrier) => Promise<string>): Promise<string>;
  /**
   * Called around a run.
   *
   * @param run never throws
   * @param failures what of that which it gave is a failure
   */
  run<T>(about: TracedRun, run: () => Promise<T>, failures: (given: T) => readonly unknown[]): Promise<T>;
}
