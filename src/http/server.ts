import type { Server, ServerOptions } from "node:http";
import fastify, {
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from "fastify";
import type { HttpError } from "../contract/http-error.ts";
import { acceptRequestId } from "../logging/request-id.ts";
import { type AllowTable, createAllowTable } from "./allow.ts";
import { readBodies } from "./body-bytes.ts";
import { answerClientError } from "./client-error.ts";
import { requestPath } from "./context.ts";
import { contextOf } from "./context-of.ts";
import { HostMissing, MalformedUrl, MethodNotAllowed, RouteNotFound } from "./errors.ts";
import { fail, failIncoming, runEarly, runMain, settle } from "./exchange.ts";
import { isListenedAlone } from "./foreign-context.ts";
import { shareIdleTimer } from "./idle-time.ts";
import { Incoming } from "./incoming.ts";
import { begin } from "./lifetime.ts";
import type { HttpLimits } from "./limits.ts";
import { pluginSchemas } from "./plugin-schemas.ts";
import type { RouteRuntime } from "./route-runtime.ts";
import { sendBroken } from "./send-error.ts";
import type { ServerState } from "./server-state.ts";
import { goStraight, isHooked, isStraight, isWatched } from "./straight.ts";
import { checkTransport, secureContext, type TransportOptions } from "./tls.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Kiln's own part of a route. */
    kiln?: RouteRuntime;
    /** False exempts a route of a plugin from load shedding. */
    shed?: boolean;
  }
}

/** What the HTTP server is made from. */
export interface ServerParts {
  readonly state: ServerState;
  readonly limits: Required<HttpLimits>;
  readonly trustProxy: boolean | string | readonly string[];
  readonly transport: TransportOptions;
  /** Whether the app gets hold of Node's requests. */
  readonly handsOutRaw: boolean;
}

/** What Fastify is given about TLS and HTTP/2. */
function transportOptions(
  { tls, http2 = false }: TransportOptions,
  node: ServerOptions<typeof Incoming>,
  { keepAliveTimeout, requestTimeout }: HttpLimits,
): object {
  checkTransport({ ...(tls === undefined ? {} : { tls }), http2 });
  if (tls === undefined) return { http: node };
  const https = { ...node, ...secureContext(tls) };
  // Fastify sets these two on servers of HTTP/1 only, which this one speaks as well.
  return http2 ? { http2, https: { ...https, keepAliveTimeout, requestTimeout, allowHTTP1: true } } : { https };
}

/** A percent sign that encodes nothing, or bytes that are no UTF-8, would reach the app as something never sent. */
function isMalformedQuery(url: string): boolean {
  const start = url.indexOf("?");
  if (start === -1 || url.indexOf("%", start) === -1) return false;
  try {
    decodeURIComponent(url.slice(start).replaceAll("+", " "));
    return false;
  } catch {
    return true;
  }
}

function isHostMissing({ headers, raw }: FastifyRequest): boolean {
  return headers.host === undefined && raw.httpVersion === "1.1";
}

/** What is wrong with a request that no part of an app should see, if anything is. */
function malformedHead(request: FastifyRequest): HttpError | undefined {
  if (isHostMissing(request)) return new HostMissing(undefined, { headers: { connection: "close" } });
  return isMalformedQuery(request.url) ? new MalformedUrl() : undefined;
}

function onRequest(state: ServerState): (request: FastifyRequest, reply: FastifyReply, next: () => void) => void {
  return (request, reply, next) => {
    const context = begin(state, request, reply);
    const { runtime } = context;
    const malformed = malformedHead(request);
    if (malformed !== undefined) state.enter(context, () => fail(context, malformed));
    else if (runtime !== undefined && isStraight(context, runtime)) goStraight(context, runtime);
    else {
      // Whoever answers now, Fastify or a plugin, does so with what is on the reply.
      context.nameAnswer();
      state.enter(context, next);
    }
  };
}

/**
 * Refuses a request beyond the limits of the load. A hook of the route: those of plugins have run, so CORS headers are on
 * the refusal and a preflight has been answered; security and the body come later.
 */
function shedLoad(state: ServerState): onRequestHookHandler {
  const { load } = state;
  return (request, _reply, next) => {
    const reason = load.refusal();
    if (reason === undefined) return next();
    const context = contextOf(request);
    if (context !== undefined && !context.settled) fail(context, load.refuse(reason));
  };
}

/**
 * Security, before the body is read. Runs after every `onRequest` hook, so that what a plugin such as CORS adds to an
 * answer is on refusals too.
 */
function beforeBody(request: FastifyRequest, _reply: FastifyReply, _payload: unknown, next: () => void): void {
  const context = contextOf(request);
  if (context?.runtime === undefined) return next();
  if (context.settled) return;
  const goesOn = runEarly(context, context.runtime);
  if (goesOn === true) next();
  else if (goesOn !== false) void goesOn.then((goes) => (goes ? next() : undefined));
}

function handle(request: FastifyRequest): void {
  const context = contextOf(request);
  const runtime = context?.runtime;
  if (context === undefined || runtime === undefined || context.settled) return;
  // Fastify hands over what `readBodies` has read.
  context.body = request.body as Uint8Array | undefined;
  // Fastify has kept the async context over the reading of the body, so `log` still is the request's.
  runMain(context, runtime);
}

function answerUnmatched(table: AllowTable, request: FastifyRequest, reply: FastifyReply): void {
  const context = contextOf(request);
  if (context === undefined || context.settled) return;
  const allowed = table.methodsOf(requestPath(context));
  if (allowed.length === 0) return fail(context, new RouteNotFound());
  const allow = [...allowed, "OPTIONS"].join(", ");
  if (request.method !== "OPTIONS") return fail(context, new MethodNotAllowed(undefined, { headers: { allow } }));
  settle(context);
  reply.code(204).header("allow", allow).send();
}

function onFault(state: ServerState): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const context = contextOf(request) ?? begin(state, request, reply);
    if (context.settled && !context.closed) return sendBroken(context, error);
    failIncoming(context, error);
  };
}

/**
 * Makes the Fastify instance of an app, with Kiln's limits, errors, request ids and log lines, and no routes yet.
 *
 * @param parts what it is made from
 * @returns the instance; `addRoute` adds Kiln's routes to it, plugins may add their own
 */
export function createServer(parts: ServerParts): FastifyInstance {
  const { state, limits } = parts;
  const table = createAllowTable();
  // Whether nobody else can read a request as the stream that it is.
  const isAlone = !state.hasPlugins && !parts.handsOutRaw && !isWatched();
  const node = {
    maxHeaderSize: limits.headerLimit,
    headersTimeout: limits.headersTimeout,
    requireHostHeader: false,
    ...(isAlone ? { IncomingMessage: Incoming, optimizeEmptyRequests: true } : {}),
  };
  const options: FastifyHttpOptions<Server> = {
    logger: false,
    // Plugins know a request by the same id.
    genReqId: ({ headers }) => acceptRequestId(headers["x-request-id"]),
    bodyLimit: limits.bodyLimit,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    // One server type for all transports: what is used of it below, all have.
    ...transportOptions(parts.transport, node, limits),
    // Fastify's type wants a mutable list; it does not change it.
    trustProxy: parts.trustProxy as boolean | string | string[],
    // While closing, requests on open connections are still answered; "connection: close" ends the connection.
    return503OnClosing: false,
    schemaController: pluginSchemas,
    forceCloseConnections: "idle",
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2048 },
    frameworkErrors: (error, request, reply) => onFault(state)(error, request, reply),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, state.problemBase),
  };
  const instance = fastify(options);
  const shed = shedLoad(state);
  instance.addHook("onRoute", (route) => {
    for (const method of [route.method].flat()) table.add(method, route.url);
    const hooks = [route.onRequest ?? []].flat();
    // The HEAD that Fastify derives from a GET has it already.
    if (state.load.enabled && route.config?.shed !== false && !hooks.includes(shed)) route.onRequest = [...hooks, shed];
  });
  const first = onRequest(state);
  instance.addHook("onReady", async () => {
    if (isHooked(instance, first)) state.hasPlugins = true;
    state.isListenedAlone = isListenedAlone(instance.server);
    if (isAlone && !state.hasPlugins && parts.transport.http2 !== true) {
      shareIdleTimer(instance.server, limits.keepAliveTimeout, parts.transport.tls !== undefined);
    }
    state.load.start();
  });
  instance.addHook("onClose", async () => state.load.stop());
  instance.addHook("onRequest", first);
  readBodies(instance, limits.bodyLimit);
  instance.setErrorHandler((error, request, reply) => onFault(state)(error, request, reply));
  instance.setNotFoundHandler((request, reply) => answerUnmatched(table, request, reply));
  return instance;
}

/** Adds one of Kiln's routes. */
export function addRoute(instance: FastifyInstance, runtime: RouteRuntime): void {
  instance.route({
    method: runtime.method,
    url: runtime.template,
    config: { kiln: runtime, shed: runtime.shed },
    ...(runtime.bodyLimit === undefined ? {} : { bodyLimit: runtime.bodyLimit }),
    ...(runtime.plan.early === undefined ? {} : { preParsing: beforeBody }),
    handler: handle,
  });
}
