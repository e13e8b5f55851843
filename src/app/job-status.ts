import { setTimeout as wait } from "node:timers/promises";
import { type ZodType, z } from "zod";
import { reply, type ServerSentEvent, signal } from "../contract/ambient.ts";
import { compileDecoder } from "../contract/decode.ts";
import { type HttpErrorClass, httpError } from "../contract/http-error.ts";
import { path } from "../contract/inputs.ts";
import type { JobDefinition } from "../contract/job-definition.ts";
import { model } from "../contract/model.ts";
import { definition, type Needs, type Provider, type Values } from "../contract/provider.ts";
import { noteResponse } from "../contract/response-notes.ts";
import { depends } from "../inject/depends.ts";
import { type JobAdmin, type JobInfo, jobAdmin } from "../jobs/admin.ts";
import type { Job } from "../jobs/job.ts";
import { PayloadMismatch, payloadCodec } from "../jobs/payload.ts";
import type { Route } from "./flatten.ts";
import { type Router, router } from "./router.ts";

/** No job of this kind has the id, or it is not for the caller to see. */
export const JobNotFound: HttpErrorClass<404, "job_not_found"> = httpError(404, "job_not_found", "No work has this id");

/** Who may follow a job. */
export interface JobStatusOptions<S extends ZodType, N extends Needs> {
  /** Guards of both routes; their values are handed to `allow`. */
  readonly needs?: N;
  /** Whether the caller may see this job; to others it does not exist. Default: whoever passes the guards. */
  readonly allow?: (values: Values<N> & { readonly payload: z.output<S> }) => boolean | Promise<boolean>;
}

/** The handlers of status routes, with the job that they show. */
const shown = new WeakMap<object, string>();

/** Where the jobs of an app can be followed: the template of the route, by the name of its job. */
export function statusPathsOf(routes: readonly Route[], rootPath: string = ""): ReadonlyMap<string, string> {
  return new Map(
    routes.flatMap(({ handler, path }) => {
      const name = shown.get(handler);
      return name === undefined ? [] : [[name, `${rootPath.replace(/\/$/, "")}${path}`]];
    }),
  );
}

const states = z.enum(["waiting", "delayed", "running", "done", "failed", "cancelled"]);

function statusModel({ name, returns }: JobDefinition): z.ZodObject {
  const words = name.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return model(`${words.join("")}Status`, {
    id: z.string(),
    state: states,
    progress: z.number().optional().describe("Percent"),
    note: z.string().optional(),
    ...(returns === undefined ? {} : { result: returns.optional() }),
    problem: z.object({ title: z.string(), detail: z.string().optional() }).optional(),
  });
}

/** What clients may know of a failure: what the job gave up for, and of any other fault only that there was one. */
function problemOf({ state, error }: JobInfo): object | undefined {
  if (state !== "failed") return undefined;
  return error?.name === "GiveUp"
    ? { title: "The work was given up", detail: error.message }
    : { title: "The work has failed" };
}

function isOver({ state }: JobInfo): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

/** Decodes the result, which the response encodes again. */
function statusReader(returns: ZodType | undefined): (info: JobInfo) => Promise<Record<string, unknown>> {
  const decode = returns === undefined ? undefined : compileDecoder(returns);
  return async (info) => {
    const decoded = info.state === "done" ? await decode?.(info.result) : undefined;
    const problem = problemOf(info);
    return {
      id: info.id,
      state: info.state,
      ...(info.state === "running" && info.progress !== undefined ? { progress: info.progress } : {}),
      ...(info.state === "running" && info.note !== undefined ? { note: info.note } : {}),
      ...(decoded?.ok ? { result: decoded.value } : {}),
      ...(problem === undefined ? {} : { problem }),
    };
  };
}

/** Whose a job is cannot be told from a payload of another version of the app, so that nobody sees it. */
function unreadable(error: unknown): never {
  throw error instanceof PayloadMismatch ? new JobNotFound(undefined, { cause: error }) : error;
}

/** How often a stream looks at its job, in milliseconds. */
const streamPause = 500;

async function* events(first: JobInfo, jobs: JobAdmin, gone: AbortSignal): AsyncGenerator<ServerSentEvent, void, void> {
  let last = "";
  for (let info: JobInfo | undefined = first; info !== undefined; info = await jobs.show(info.id)) {
    const problem = problemOf(info);
    const { id, state, progress, note, result } = info;
    const data = { id, state, progress, note, result, problem };
    const text = JSON.stringify(data);
    if (text !== last) yield { event: isOver(info) ? state : "progress", data };
    last = text;
    if (isOver(info) || gone.aborted) return;
    await wait(streamPause, undefined, { signal: gone }).catch(() => undefined);
  }
}

/**
 * The routes behind accepted work: `GET /:jobId` with state, progress and result or problem, and `GET /:jobId/events`,
 * which streams them as server-sent events until the job is over.
 *
 * @param job whose runs can be followed
 * @param options see {@link JobStatusOptions}
 * @returns a router to include under a prefix, guarded by the needs of the app, the routers around it and its own
 *
 * @example
 * ```ts
 * import { bearer, depends, job, jobStatus, kiln } from "kilnjs";
 * import { z } from "zod";
 * const currentUser = depends({ token: bearer() }, ({ token }) => ({ id: token.length }));
 * const build = job("export", { payload: z.object({ userId: z.int() }) }, () => {});
 * const status = jobStatus(build, {
 *   needs: { user: currentUser },
 *   allow: ({ user, payload }) => payload.userId === user.id,
 * });
 * export const app = kiln({ title: "Blog" }).include(status, { prefix: "/exports" });
 * ```
 */
export function jobStatus<S extends ZodType, R extends ZodType, N extends Needs = Record<never, never>>(
  job: Job<S, R>,
  options: JobStatusOptions<S, N> = {},
): Router {
  const declared = (job as Provider<unknown>)[definition] as JobDefinition;
  const codec = payloadCodec(declared.payload, `jobStatus("${declared.name}")`);
  const caller = depends((options.needs ?? {}) as N, (values) => values, { name: "caller" });
  const found = depends(
    { caller, jobs: jobAdmin, jobId: path(z.string()) },
    async ({ caller, jobs, jobId }) => {
      const info = await jobs.show(jobId);
      if (info?.name !== declared.name) throw new JobNotFound();
      if (options.allow === undefined) return info;
      const payload = (await codec.read(info.payload).catch(unreadable)) as z.output<S>;
      if (!(await options.allow({ ...(caller as Values<N>), payload }))) throw new JobNotFound();
      return info;
    },
    { name: "job", raises: [JobNotFound] },
  );
  const read = statusReader(declared.returns);
  // As guards, so that whoever lists the routes sees what stands before them.
  const made = router({ needs: options.needs ?? {} });
  // Which other parameters the guards read shows when the app starts.
  const info = found as Provider<JobInfo, "request", "jobId">;
  // The job itself is a need, so that an app knows it by its status route too.
  const needs = { info, job: job as Provider<unknown, "app", never>, reply };
  const show = async ({ info, reply }: { info: JobInfo; reply: { header(name: string, value: string): unknown } }) => {
    if (!isOver(info)) reply.header("retry-after", "1");
    return read(info);
  };
  const stream = {
    needs: { ...needs, jobs: jobAdmin, signal },
    timeout: 0,
    summary: `The progress of ${declared.name}, as server-sent events`,
  };
  noteResponse(stream, {
    contentType: "text/event-stream",
    description: "Events `progress`, and last one of `done`, `failed` and `cancelled`; their data are states in JSON",
  });
  made.get("/:jobId", { needs, returns: statusModel(declared), summary: `The state of ${declared.name}` }, show);
  made.get("/:jobId/events", stream, ({ info, jobs, signal, reply }) => reply.sse(events(info, jobs, signal)));
  shown.set(show, declared.name);
  return made;
}
