import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { ClientGone } from "../contract/abort.ts";
import { requestCompleted, requestReceived } from "../logging/access.ts";
import { runOutside } from "../logging/context.ts";
import { RequestContext } from "./context.ts";
import { setContext } from "./context-of.ts";
import { closed } from "./exchange.ts";
import { sharesIdleTimer } from "./idle-time.ts";
import type { ServerState } from "./server-state.ts";

/** Starts a request: its context, its deadline, its first log line. */
export function begin(state: ServerState, request: FastifyRequest, reply: FastifyReply): RequestContext {
  const runtime = request.routeOptions.config.kiln;
  const { id } = request;
  const context = new RequestContext(state, request, reply, runtime, id);
  setContext(request, context);
  state.active.add(context);
  state.load.inFlight += 1;
  if (runtime?.direct !== true) state.onArrival?.();
  if (state.hasPlugins) reply.header("x-request-id", id);
  // Its client goes elsewhere with the next request, in place of a connection that closes under it. HTTP/2 has no such header.
  if (state.draining && request.raw.httpVersionMajor === 1) reply.header("connection", "close");
  const { timeout } = context;
  if (timeout > 0) context.deadline = state.deadlines.start(context, timeout, context.startedAt);
  // It is emitted once, so there is no listener to take off.
  reply.raw.on("close", () => end(context));
  // Before the first line, which carries its ids.
  state.tracing?.begin(context);
  if (runtime?.accessLog !== false) {
    context.received = requestReceived(context.log, {
      method: request.method,
      path: context.shownPath,
      route: runtime?.template,
    });
  }
  return context;
}

/** Whether the whole answer is out. In process there is no socket that could tell; what has ended there has arrived. */
function isOut(raw: ServerResponse): boolean {
  return raw.writableFinished || (raw.writableEnded && "isLightMyRequest" in raw);
}

/**
 * Sets the timer of an idle connection again, outside of the request that was answered on it: set within, as where a stream
 * or a plugin has answered, it would keep the request until the next one comes.
 */
function forgetIdle({ socket, httpVersionMajor }: IncomingMessage): void {
  const milliseconds = socket.timeout ?? 0;
  if (milliseconds > 0 && httpVersionMajor === 1) runOutside(() => socket.setTimeout(milliseconds));
}

/** Ends a request: the connection is done with it, one way or the other. */
function end(context: RequestContext): void {
  const { raw } = context.reply;
  const aborted = !isOut(raw);
  if (aborted) context.abort(new ClientGone());
  // What still runs for a client that has left keeps its deadline, or it could hold what it has taken for ever.
  if (!context.running) context.deadline?.end();
  const { request, runtime, server } = context;
  const duration = performance.now() - context.startedAt;
  // 499 is what nginx made customary for a client that did not wait.
  const status = aborted && !raw.headersSent ? 499 : raw.statusCode;
  if (runtime === undefined || !runtime.direct) {
    // A plugin's own route is known to Fastify only.
    server.traffic.observe(runtime?.template ?? request.routeOptions.url, request.method, status, duration);
  }
  if (runtime?.accessLog !== false) {
    const line = {
      method: request.method,
      path: context.shownPath,
      route: runtime?.template,
      status_code: status,
      duration_ms: duration,
      aborted,
    };
    requestCompleted(context.log, line, context.received);
  }
  server.tracing?.end(context, status, aborted);
  if (!context.sentOutside && !sharesIdleTimer(request.raw.socket)) forgetIdle(request.raw);
  closed(context);
}
