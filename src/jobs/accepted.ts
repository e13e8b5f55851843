import { z } from "zod";
import { type Answer, answer } from "../contract/answer.ts";
import { model } from "../contract/model.ts";
import { noteResponse } from "../contract/response-notes.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { type AnyEnqueue, enqueuedJob } from "./enqueue.ts";
import type { EnqueueOptions } from "./enqueue-types.ts";

/** The body of a 202: the work that was accepted, and where to ask for it. Stands in `returns: { 202: Accepted }`. */
export const Accepted: z.ZodObject<{ id: z.ZodString; status: z.ZodString }> = model("Accepted", {
  id: z.string().describe("The id of the work"),
  status: z.string().describe("Where its state, progress and result are"),
});

noteResponse(Accepted, {
  headers: {
    Location: "Where the state, progress and result of the work are",
    "Retry-After": "Seconds after which it may be asked for",
  },
});

/** How work is accepted. */
export interface AcceptedOptions extends EnqueueOptions {
  /** What stands for the other parameters in the path of the status route. */
  readonly params?: Readonly<Record<string, string | number>>;
  /** Seconds after which the client may ask. Default 1. */
  readonly retryAfter?: number;
}

/** A function that enqueues a job, as `needs` gives it. */
type EnqueueWith<P> = (payload: P, options?: EnqueueOptions) => Promise<string>;

function locationOf(build: unknown, id: string, params: AcceptedOptions["params"]): string {
  // What stands in for a job in a test need not be an enqueue function of Kiln's.
  const enqueue = build as Partial<AnyEnqueue>;
  const template = enqueue[enqueuedJob] === undefined ? undefined : enqueue.statusPath?.();
  if (template === undefined) {
    throw new KilnError("KILN_JOBS_STATUS", {
      where: "accepted()",
      what: enqueue[enqueuedJob]?.name ?? "the job",
      why: "has no route that shows its status",
      fix: 'Include one: app.include(jobStatus(theJob), { prefix: "/exports" })',
    });
  }
  const values: Readonly<Record<string, string | number | undefined>> = { ...params, jobId: id };
  return template.replace(/:([A-Za-z_]\w*)/g, (_, name: string) => {
    const value = values[name];
    if (value !== undefined) return encodeURIComponent(String(value));
    throw new KilnError("KILN_JOBS_STATUS", {
      where: "accepted()",
      what: name,
      why: `stands in the path of the status route, ${template}, and has no value`,
      fix: `Name it: accepted(build, payload, { params: { ${name}: ... } })`,
    });
  });
}

/**
 * Enqueues a job and answers 202 with `Location`, where `jobStatus` shows it, and `Retry-After`.
 *
 * @param build the enqueue function that a need on the job gave
 * @param payload for the job
 * @param options those of enqueueing, `params` and `retryAfter`
 * @returns the answer for a handler to return
 * @throws KilnError KILN_JOBS_STATUS when no route shows the job, and what enqueueing throws
 *
 * @example
 * ```ts
 * import { Accepted, accepted, job, jobStatus, kiln } from "kilnjs";
 * import { postgres } from "kilnjs/postgres";
 * import { z } from "zod";
 * const db = postgres({ url: "embedded:.data/postgres" });
 * const Export = z.object({ rows: z.int() });
 * export const build = job("export", { payload: z.object({ userId: z.int() }), needs: { db: db.connection }, returns: Export },
 *   async ({ payload, db, progress }) => {
 *     progress(50, "reading");
 *     const { rowCount } = await db.query("select * from articles where author = $1", [payload.userId]);
 *     return { rows: rowCount ?? 0 };
 *   });
 * export const app = kiln({ title: "Blog" }).include(jobStatus(build), { prefix: "/exports" });
 * app.post("/exports", { needs: { build }, returns: { 202: Accepted } }, ({ build }) => accepted(build, { userId: 7 }));
 * ```
 */
export async function accepted<P>(
  build: EnqueueWith<P>,
  payload: NoInfer<P>,
  options: AcceptedOptions = {},
): Promise<Answer<202, z.output<typeof Accepted>>> {
  const { params, retryAfter = 1, ...enqueueing } = options;
  // Before anything is enqueued that nobody could ask for.
  locationOf(build, "", params);
  const id = await build(payload, enqueueing);
  const status = locationOf(build, id, params);
  return answer(202, { id, status }, { location: status, "retry-after": String(retryAfter) });
}
