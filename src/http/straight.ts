import { channel, tracingChannel } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";
import { takeBytes } from "./body-bytes.ts";
import type { RequestContext } from "./context.ts";
import { fail, failIncoming, runEarly, runEntered, runMain, runWhole } from "./exchange.ts";
import { isFollowed } from "./foreign-context.ts";
import type { RouteRuntime } from "./route-runtime.ts";

/*
 * The straight way of a request. Between its first hook and the handler Fastify asks hooks, schemas and a parser of bodies,
 * and makes what keeps the async context over the reading of a body. Where no plugin has added to these, nothing of that
 * would do anything but cost time, so the request goes to its security, body and handler at once.
 */

// Whoever watches Fastify's handlers from outside, such as a tool that measures apps, is to see them.
const handlerCalls = tracingChannel("fastify.request.handler");

const initialization = channel("fastify.initialization");

// Those that have a say between the coming of a request and the end of its answer.
const asked = "onRequest preParsing preValidation preHandler preSerialization onSend onResponse onError".split(" ");

/** Whether somebody is told of each instance of Fastify that is made. */
export function isWatched(): boolean {
  return initialization.hasSubscribers;
}

/**
 * Whether somebody has hooked into an instance past the app: tools that measure apps listen to the making of instances, or put
 * hooks into them by wrapping Fastify. Where that cannot be told, somebody may have.
 *
 * @param instance one that is ready
 * @param own the hook that is Kiln's
 */
export function isHooked(instance: FastifyInstance, own: unknown): boolean {
  if (isWatched()) return true;
  const key = Object.getOwnPropertySymbols(instance).find(({ description }) => description === "fastify.hooks");
  const hooks: unknown = key === undefined ? undefined : Reflect.get(instance, key);
  if (typeof hooks !== "object" || hooks === null) return true;
  return asked.some((name) => {
    const list: unknown = Reflect.get(hooks, name);
    return !Array.isArray(list) || list.some((hook) => hook !== own);
  });
}

/** The usual types of a JSON body; Fastify takes any other apart first. */
function isJson(type: string | undefined): boolean {
  return type === "application/json" || type === "application/json; charset=utf-8";
}

/** Whether a request can go the straight way. */
export function isStraight({ request, server }: RequestContext, runtime: RouteRuntime): boolean {
  if (runtime.direct === true) return true;
  if (server.hasPlugins || handlerCalls.hasSubscribers) return false;
  const { method } = request;
  if (method === "GET") return true;
  return (method === "POST" || method === "PUT" || method === "PATCH") && isJson(request.headers["content-type"]);
}

/** Refuses a request beyond the limits of the load. */
function isShed(context: RequestContext, runtime: RouteRuntime): boolean {
  const { load } = context.server;
  if (!load.enabled || !runtime.shed) return false;
  const reason = load.refusal();
  if (reason === undefined) return false;
  context.server.enter(context, () => fail(context, load.refuse(reason)));
  return true;
}

/** What came of reading a body. */
interface Read {
  readonly error: Error | null;
  readonly body: Uint8Array | undefined;
}

/**
 * Reads the body, then runs inputs, dependencies and handler. To be called in the context of the request: Node tells of a
 * body outside of what the request came in, where also others may keep things of their own, and a promise brings back all of
 * it. So does an `AsyncResource`, which takes 3 of the 100 us of a small POST.
 */
function readThenRun(context: RequestContext, runtime: RouteRuntime): void {
  const { request, server } = context;
  const { promise, resolve } = Promise.withResolvers<Read>();
  void promise.then((read) => hasRead(context, runtime, read));
  takeBytes(request, runtime.bodyLimit ?? server.bodyLimit, (error, body) => resolve({ error, body }));
}

function hasRead(context: RequestContext, runtime: RouteRuntime, { error, body }: Read): void {
  if (context.settled) return;
  if (error !== null) return failRead(context, error);
  context.body = body;
  runEntered(context, runtime);
}

function failRead(context: RequestContext, error: Error): void {
  // What is left of the body may still come.
  context.reply.header("connection", "close");
  failIncoming(context, error);
}

/** The same where nobody has anything in the context that the request came in. */
function readAloneThenRun(context: RequestContext, runtime: RouteRuntime): void {
  const { request, server } = context;
  takeBytes(request, runtime.bodyLimit ?? server.bodyLimit, (error, body) => {
    if (context.settled) return;
    if (error !== null) return server.enter(context, () => failRead(context, error));
    context.body = body;
    runMain(context, runtime);
  });
}

/** Has a request go through security, body and handler, which answer it. */
export function goStraight(context: RequestContext, runtime: RouteRuntime): void {
  if (runtime.direct === true) return runMain(context, runtime);
  if (isShed(context, runtime)) return;
  if (context.request.method === "GET") return runWhole(context, runtime);
  if (
    runtime.plan.early === undefined &&
    context.server.isListenedAlone &&
    !isFollowed(context.request.server.server)
  ) {
    return readAloneThenRun(context, runtime);
  }
  context.server.enter(context, () => {
    const goesOn = runEarly(context, runtime);
    if (goesOn === true) readThenRun(context, runtime);
    else if (goesOn !== false) void goesOn.then((goes) => (goes ? readThenRun(context, runtime) : undefined));
  });
}
