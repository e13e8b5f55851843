/** A queue under measurement. */
export interface Contender {
  enqueue(n: number): Promise<unknown>;
  /** Begins to run jobs, ten at once, each of which calls `onJob` and nothing else. */
  work(onJob: (n: number) => void): Promise<void>;
  close(): Promise<void>;
}

/** Opens one on an empty database. */
export type Open = (url: string) => Promise<Contender>;

/** How many jobs run at once. */
export const concurrency = 10;
