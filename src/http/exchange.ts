import { ClientGone, DeadlineExceeded, Draining } from "../contract/abort.ts";
import { HttpError } from "../contract/http-error.ts";
import { type CleanUp, cleanUp, type Failure } from "../inject/scope.ts";
import { isThenable } from "../inject/steps.ts";
import type { RequestContext } from "./context.ts";
import { BodyIncomplete } from "./errors.ts";
import { type Outgoing, outgoing } from "./outgoing.ts";
import type { RouteRuntime } from "./route-runtime.ts";
import { sendAnswer, sendText } from "./send.ts";
import { sendError } from "./send-error.ts";

/*
 * The life of a request, in the order of DESIGN section 4: security (early), inputs, dependencies and handler (main),
 * encoding, clean-ups, sending, late clean-ups, background tasks. Everything that may end a request goes through
 * `succeed` or `fail`, each once; the deadline goes through `expire`.
 */

/**
 * Runs security, which comes before the body is read.
 *
 * @returns whether the request may go on; a promise, which never fails, where security waits for something
 */
export function runEarly(context: RequestContext, runtime: RouteRuntime): boolean | Promise<boolean> {
  const { early } = runtime.plan;
  if (early === undefined) return true;
  context.running = true;
  try {
    const pending = early(context);
    if (pending === undefined) return mayGoOn(context);
    return pending.then(
      () => mayGoOn(context),
      (error: unknown) => {
        fail(context, error);
        return false;
      },
    );
  } catch (error) {
    fail(context, error);
    return false;
  }
}

function mayGoOn(context: RequestContext): boolean {
  context.running = false;
  if (context.closed) abandon(context);
  return !context.closed && !context.settled;
}

/** Runs inputs, dependencies and handler, and answers. */
export function runMain(context: RequestContext, runtime: RouteRuntime): void {
  answerWith(context, () => decide(context, runtime));
}

/** Runs inputs, dependencies and handler, and answers, where the context of the request has been entered. */
export function runEntered(context: RequestContext, runtime: RouteRuntime): void {
  const out = decide(context, runtime);
  if (out !== undefined) send(context, out);
}

/** Runs security and, if it lets the request pass, all that follows, for a request without a body. */
export function runWhole(context: RequestContext, runtime: RouteRuntime): void {
  answerWith(context, () => {
    const goesOn = runEarly(context, runtime);
    if (goesOn === true) return decide(context, runtime);
    if (goesOn !== false) void goesOn.then((goes) => (goes ? runMain(context, runtime) : undefined));
    return undefined;
  });
}

/**
 * Runs code of the user's for a request, and sends what came of it after having left the context of the request: Node sets
 * the timer of the idle connection then, which would keep the request until the next one comes.
 */
function answerWith(context: RequestContext, make: () => Outgoing | undefined): void {
  const { server } = context;
  const out = server.enter(context, make);
  if (out === undefined) return;
  // Streams are made by code of the user's, and a plugin may look at what is sent.
  if (out.special || server.hasPlugins) server.enter(context, () => send(context, out));
  else send(context, out);
}

/** Runs inputs, dependencies and handler; returns the answer if it is there at once, else it is sent when it is there. */
function decide(context: RequestContext, runtime: RouteRuntime): Outgoing | undefined {
  context.running = true;
  try {
    const result = runtime.plan.main(context);
    if (!isThenable(result)) return succeed(context, runtime, result);
    result.then(
      (value) => {
        const out = succeed(context, runtime, value);
        if (out !== undefined) send(context, out);
      },
      (error: unknown) => fail(context, error),
    );
  } catch (error) {
    fail(context, error);
  }
  return undefined;
}

/** Makes the answer of a value; returns it if it can be sent at once, else it is sent when it can. */
function succeed(context: RequestContext, runtime: RouteRuntime, value: unknown): Outgoing | undefined {
  if (context.settled) {
    leave(context);
    return undefined;
  }
  try {
    const out = outgoing(context, runtime, value);
    if (!(out instanceof Promise)) return context.cleanups.length === 0 ? out : closeAndSend(context, out);
    out.then(
      (ready) => closeAndSend(context, ready),
      (error: unknown) => fail(context, error),
    );
  } catch (error) {
    fail(context, error);
  }
  return undefined;
}

function closeAndSend(context: RequestContext, out: Outgoing): undefined {
  if (context.settled) return leave(context);
  const open = takeCleanUps(context, "handled");
  if (open.length === 0) return send(context, out);
  context.cleaning = finishCleanUps(context, open, undefined).then((failure) => {
    if (context.settled) {
      if (failure !== undefined) lateFailure(context, failure.error);
      leave(context);
    } else if (failure === undefined) send(context, out);
    else answerFailure(context, failure.error);
  });
}

function send(context: RequestContext, out: Outgoing): undefined {
  settle(context);
  // A stream that begins while the server shuts down was not there to be told.
  if (out.special && context.server.draining) context.abort(new Draining());
  try {
    if (context.closed) return leave(context);
    if (out.special) sendAnswer(context, out.status, out.value, out.headers);
    else sendText(context, out.status, out.text, out.headers);
  } catch (error) {
    // A header that Node refuses, for example: nothing has been written yet, and nothing of it may stay.
    forgetHeaders(context);
    context.server.enter(context, () => sendError(context, error));
  }
  leave(context);
}

function forgetHeaders({ reply, id }: RequestContext): void {
  for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
  reply.header("x-request-id", id);
}

/** Answers with an error, after clean-ups have seen it. */
export function fail(context: RequestContext, error: unknown): void {
  if (context.settled) {
    lateFailure(context, error);
    return leave(context);
  }
  const open = takeCleanUps(context, "handled");
  if (open.length === 0) return answerFailure(context, error);
  context.running = true;
  context.cleaning = finishCleanUps(context, open, { error }).then((failure) => {
    const { error: final } = failure ?? { error };
    if (!context.settled) return answerFailure(context, final);
    lateFailure(context, final);
    leave(context);
  });
}

/** Answers a request that could not be read to its end. */
export function failIncoming(context: RequestContext, error: unknown): void {
  const { raw } = context.request;
  // A request without a body counts as destroyed from its beginning.
  const hasLeft = raw.readableAborted && !raw.complete;
  if (!hasLeft) fail(context, error);
  else if (!context.closed) fail(context, new BodyIncomplete());
}

function answerFailure(context: RequestContext, error: unknown): void {
  settle(context);
  context.ended ??= { error };
  // A client that leaves is no fault: the line that ends the request says that it left.
  if (context.closed && context.isAbort(error)) context.log.debug({ err: error }, "request_abandoned");
  else sendError(context, error);
  leave(context);
}

/** Ends a request that never reaches its handler: a plugin has answered it, or the client left before it began. */
function abandon(context: RequestContext): void {
  const gone = new ClientGone();
  context.abort(gone);
  context.ended = { error: gone };
  settle(context);
  context.server.track(finishCleanUps(context, context.cleanups.splice(0), context.ended));
  leave(context);
}

/** The deadline has passed: the client gets its answer now, whatever the handler still does. */
export function expire(context: RequestContext, error: HttpError = new DeadlineExceeded()): void {
  const { reply, server } = context;
  // A plugin that has begun to answer by itself, perhaps with a stream, is left alone.
  if (context.settled || (!context.closed && (reply.sent || reply.raw.headersSent))) return;
  context.ended = { error };
  context.abort(error);
  settle(context);
  // Entered, as the timer of a deadline is nobody's: what the app's own handler of errors does is done for this request.
  server.enter(context, () => sendError(context, error));
  // The handler may hold on for ever, so its clean-ups do not wait for it.
  server.track(finishCleanUps(context, context.cleanups.splice(0), { error }));
  if (context.cleaning !== undefined) server.track(context.cleaning);
  if (context.closed) complete(context);
}

const noCleanUps: readonly CleanUp[] = [];

/** Takes the clean-ups of one kind out of the request, so that each runs once, whoever comes first. */
function takeCleanUps(context: RequestContext, until: CleanUp["until"]): readonly CleanUp[] {
  if (context.cleanups.length === 0) return noCleanUps;
  if (context.cleanups.every((cleanup) => cleanup.until === until)) return context.cleanups.splice(0);
  const taken = context.cleanups.filter((cleanup) => cleanup.until === until);
  const kept = context.cleanups.filter((cleanup) => cleanup.until !== until);
  context.cleanups.splice(0, context.cleanups.length, ...kept);
  return taken;
}

/** Decides what the client gets; from here on the request is no longer in flight. */
export function settle(context: RequestContext): void {
  if (!context.settled) context.server.load.inFlight -= 1;
  context.settled = true;
  // A client that knows does not send its next request into a closing connection.
  if (context.server.draining) context.reply.header("connection", "close");
  context.deadline?.end();
}

/** A clean-up may say better what went wrong, such as which unique key a failed commit broke. */
function translates(error: unknown, current: unknown): boolean {
  return error instanceof HttpError && !(current instanceof HttpError);
}

function finishCleanUps(
  context: RequestContext,
  cleanups: readonly CleanUp[],
  failure: Failure | undefined,
): Promise<Failure | undefined> {
  const suppressed = (error: unknown, name: string): void =>
    context.log.error({ err: error, provider: name }, "clean_up_failed");
  // Entered again: the timer of a deadline and the end of a connection do not carry the context of the request.
  return context.server.enter(context, () => cleanUp(cleanups, failure, suppressed, translates));
}

function lateFailure(context: RequestContext, error: unknown): void {
  if (error === context.ended?.error || context.isAbort(error)) return;
  context.log.warn({ err: error }, "request_failed_after_deadline");
}

/** Called when the handler's part is over, however it went. */
function leave(context: RequestContext): undefined {
  context.running = false;
  context.handled = true;
  if (context.closed) complete(context);
}

/** Called when the response is out or the client has gone. */
export function closed(context: RequestContext): void {
  context.closed = true;
  // After a deadline the handler may still run; the request has ended all the same.
  if (context.handled || context.ended !== undefined || context.runtime === undefined) complete(context);
  else if (!context.running) abandon(context);
}

/** The last part: clean-ups that waited for the body, then background tasks. */
function complete(context: RequestContext): void {
  const { server } = context;
  if (!server.active.remove(context)) return;
  // A plugin's own route answers without a word to us.
  if (!context.settled) settle(context);
  const late = takeCleanUps(context, "sent");
  if (late.length > 0) server.track(finishLate(context, late).then(() => context.endTasks()));
  else context.endTasks();
  server.onLeave?.();
}

async function finishLate(context: RequestContext, late: readonly CleanUp[]): Promise<void> {
  const failure = await finishCleanUps(context, late, context.ended);
  if (failure !== undefined && failure !== context.ended) {
    context.log.error({ err: failure.error }, "clean_up_failed");
  }
}
