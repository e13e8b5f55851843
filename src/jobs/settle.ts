import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "../logging/logger.ts";
import type { HeldJob } from "./held-jobs.ts";
import { asBossDatabase, type Queue } from "./queue.ts";
import { endRetries, returnJobs } from "./statements.ts";
import { isStorable, storableText } from "./storable.ts";

/** Tells the queue what came of jobs. */
export interface Settler {
  /** `result` is what is kept of it; undefined keeps nothing. */
  complete(job: HeldJob, result: unknown): Promise<void>;
  fail(job: HeldJob, error: unknown, final: boolean): Promise<void>;
  /** Gives jobs back without an attempt having counted. */
  giveBack(jobs: readonly HeldJob[]): Promise<void>;
  /** From now on nothing is told again after so many milliseconds: what is not settled then, is taken over. */
  hurry(milliseconds: number): void;
}

interface Waiting {
  readonly job: HeldJob;
  readonly done: () => void;
}

/** The most characters that are kept of each part of an error. */
const longestText = 20_000;

/** What else an error says was wrong, where that can be kept. */
function issuesOf(error: Error): { readonly issues?: unknown } {
  if (!("issues" in error)) return {};
  try {
    const text = JSON.stringify(error.issues);
    return text.length <= longestText && isStorable(text) ? { issues: JSON.parse(text) } : {};
  } catch {
    return {};
  }
}

/** How an error is kept with its job: whatever was thrown, it must not be what keeps the queue from hearing of it. */
function errorRecord(error: unknown): object {
  const text = (value: unknown): string => storableText(String(value), longestText);
  if (!(error instanceof Error)) return { error: { name: "Error", message: text(error) } };
  const code = "code" in error && typeof error.code === "string" ? { code: text(error.code) } : {};
  const { name, message, stack } = error;
  return { error: { name: text(name), message: text(message), ...code, ...issuesOf(error), stack: text(stack) } };
}

/** Whether the database will say the same however often it is asked: what it was given is not what it takes. */
function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return error instanceof TypeError || (typeof code === "string" && /^(?:22|54)/.test(code));
}

const patience = 60_000;

/**
 * Makes the settler of a worker. What came of a job is told again and again while the database is away, at most a
 * minute: after that the job is another worker's.
 */
export function createSettler(queue: Queue, log: Logger): Settler {
  const { boss } = queue;
  const db = asBossDatabase(queue.database.prompt);
  let until = Number.POSITIVE_INFINITY;

  const insist = async (work: () => Promise<unknown>, jobs: readonly HeldJob[]): Promise<void> => {
    const own = performance.now() + patience;
    for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
      try {
        await work();
        return;
      } catch (error) {
        if (performance.now() > Math.min(own, until) || isRefusal(error)) {
          log.error({ err: error, jobs: jobs.map(({ id }) => id) }, "job_not_settled");
          return;
        }
      }
      await wait(pause);
    }
  };

  // Jobs that leave nothing are told together: those that end in one turn of the loop, and while one statement is on its
  // way, the next ones gather.
  const gathering = new Map<string, Waiting[]>();
  const telling = new Set<string>();
  const tell = async (name: string): Promise<void> => {
    for (;;) {
      const waiting = gathering.get(name) ?? [];
      if (waiting.length === 0) break;
      gathering.set(name, []);
      const jobs = waiting.map(({ job }) => job);
      await insist(() => boss.complete(name, jobs, null, { db }), jobs);
      for (const { done } of waiting) done();
    }
    telling.delete(name);
  };

  return {
    complete: (job, result) => {
      if (result !== undefined) return insist(() => boss.complete(job.name, job, { result }, { db }), [job]);
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiting = gathering.get(job.name) ?? [];
      waiting.push({ job, done: resolve });
      gathering.set(job.name, waiting);
      if (!telling.has(job.name)) {
        telling.add(job.name);
        setImmediate(() => void tell(job.name));
      }
      return promise;
    },
    fail: (job, error, final) =>
      insist(async () => {
        if (final) await endRetries(queue, job.name, [job]);
        await boss.fail(job.name, job, errorRecord(error), { db });
      }, [job]),
    hurry: (milliseconds) => {
      until = performance.now() + milliseconds;
    },
    giveBack: async (jobs) => {
      const byName = Object.entries(Object.groupBy(jobs, ({ name }) => name));
      await insist(async () => {
        for (const [name, those = []] of byName) await returnJobs(queue, name, those);
      }, jobs);
    },
  };
}
