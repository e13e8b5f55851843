import type { FastifyInstance } from "fastify";
import { Draining, ServerClosing } from "../contract/abort.ts";
import { expire } from "../http/exchange.ts";
import type { ServerState } from "../http/server-state.ts";
import type { Lifespan } from "../inject/lifespan.ts";
import { removeAppLogger, runFor } from "../logging/context.ts";
import type { RootLogger } from "../logging/logger.ts";
import type { ShutdownOptions } from "./options.ts";

/** What a shutdown takes down. */
export interface ShutdownParts {
  readonly fastify: FastifyInstance;
  readonly state: ServerState;
  readonly lifespan: Lifespan;
  readonly log: RootLogger;
  readonly budgets: ShutdownOptions;
  readonly manner: ShutdownManner;
  readonly idle: () => Promise<void>;
  /** Takes no more jobs; those that run may finish within so many milliseconds, the rest goes back to the queue. */
  readonly drainJobs: (grace: number) => Promise<void>;
}

/** How one end of an app differs from what its options say. */
export interface ShutdownManner {
  /** In milliseconds; see {@link ShutdownOptions}. */
  readonly drainDelay?: number;
}

/** How long closing the server may take once everything has been cut off, in milliseconds. */
const cutOffBudget = 1_000;

/** Resolves to false when `work` takes longer than `milliseconds`. */
async function within(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const done = await Promise.race([work.then(() => true as const), overdue]);
  clearTimeout(timer);
  return done;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** From now on every answer tells its client to use another connection, those of requests under way included. */
export function startDraining(state: ServerState): void {
  if (state.draining) return;
  state.draining = true;
  for (const { reply, request } of state.active) {
    if (!reply.raw.headersSent && request.raw.httpVersionMajor === 1) reply.header("connection", "close");
  }
}

/** With HTTP/2 the server is of a class without these: it ends its sessions as it closes, each with its last stream. */
function closeConnections({ server }: FastifyInstance, how: "closeIdleConnections" | "closeAllConnections"): void {
  if (how in server) server[how]();
}

/** Streams never finish by themselves: they are told, and end by their signal. */
function tellStreams(state: ServerState): void {
  for (const context of state.active) if (context.settled && !context.closed) context.abort(new Draining());
}

/** Names and counts what the grace, or an end without one, cuts off, so that nothing is lost in silence. */
export function reportCutOff(state: ServerState, log: RootLogger): void {
  for (const context of state.active) {
    log.warn({ request_id: context.id, route: context.runtime?.template }, "request_cut_off");
  }
  for (const lost of state.tasks.cutOff(new ServerClosing())) log.warn(lost, "background_tasks_cut_off");
}

/**
 * The one sequence in which an app ends, the same in production, tests and CI: stop being ready, wait for load
 * balancers, tell streams, refuse connections, let requests and background tasks finish, close resources in reverse,
 * flush the log. Every step has a budget.
 */
export async function shutDown({
  fastify,
  state,
  lifespan,
  log,
  budgets,
  manner,
  idle,
  drainJobs,
}: ShutdownParts): Promise<void> {
  const { drainDelay = 0, grace = 30_000 } = { ...budgets, ...manner };
  log.info({ active: state.active.size }, "shutting_down");
  startDraining(state);
  const jobsEnded = drainJobs(drainDelay + grace).catch((error: unknown) =>
    log.error({ err: error }, "jobs_not_drained"),
  );
  if (drainDelay > 0) await wait(drainDelay);
  tellStreams(state);
  // Requests that have arrived are read by then, so a connection that is closed as idle has none unread.
  await new Promise(setImmediate);
  // A plugin that fails to close must not keep what stands below it open.
  const closing = Promise.resolve(fastify.close()).catch((error: unknown) =>
    log.error({ err: error }, "plugin_close_failed"),
  );
  // A connection whose answer began before the end is kept alive by its client, and would be waited for.
  const ended = idle().then(() => closeConnections(fastify, "closeIdleConnections"));
  const finished = await within(Promise.all([ended, closing]), grace);
  if (!finished) {
    reportCutOff(state, log);
    // Their clients get an answer and their clean-ups run, so that no resource below waits for what they hold.
    for (const context of state.active) expire(context, new ServerClosing());
    await within(ended, cutOffBudget);
    // A request that was made in process has no connection that could be closed.
    for (const context of state.active) {
      context.deadline?.end();
      context.reply.raw.destroy();
    }
    closeConnections(fastify, "closeAllConnections");
    if (!(await within(closing, cutOffBudget))) log.error({ budget_ms: cutOffBudget }, "plugin_close_overdue");
  }
  await jobsEnded;
  await runFor({ kind: "app", log }, () => lifespan.close());
  log.info("shut_down");
  removeAppLogger(log);
  await log.close();
}
