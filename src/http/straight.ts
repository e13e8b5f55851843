import { AsyncResource } from "node:async_hooks";
import { channel, tracingChannel } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";
import { takeBytes } from "./body-bytes.ts";
import type { RequestContext } from "./context.ts";
import { fail, failIncoming, runEarly, runMain, runWhole } from "./exchange.ts";
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

// Else each is watched until it is collected. `AsyncLocalStorage.snapshot()` says the same, and takes several times as long.
const manual = { requireManualDestroy: true };

function readThenRun(context: RequestContext, runtime: RouteRuntime): void {
  const { request, server } = context;
  const limit = runtime.bodyLimit ?? server.bodyLimit;
  // Node tells of a body outside of what the request came in, where others may keep things of their own.
  const place = new AsyncResource("kiln.body", manual);
  takeBytes(request, limit, (error, body) => {
    place.runInAsyncScope(hasRead, undefined, context, runtime, error, body);
    place.emitDestroy();
  });
}

function hasRead(
  context: RequestContext,
  runtime: RouteRuntime,
  error: Error | null,
  body: Uint8Array | undefined,
): void {
  if (context.settled) return;
  if (error === null) {
    context.body = body;
    return runMain(context, runtime);
  }
  // What is left of the body may still come.
  context.reply.header("connection", "close");
  context.server.enter(context, () => failIncoming(context, error));
}

/** Has a request go through security, body and handler, which answer it. */
export function goStraight(context: RequestContext, runtime: RouteRuntime): void {
  if (runtime.direct === true) return runMain(context, runtime);
  if (isShed(context, runtime)) return;
  if (context.request.method === "GET") return runWhole(context, runtime);
  if (runtime.plan.early === undefined) return readThenRun(context, runtime);
  context.server.enter(context, () => {
    const goesOn = runEarly(context, runtime);
    if (goesOn === true) readThenRun(context, runtime);
    else if (goesOn !== false) void goesOn.then((goes) => (goes ? readThenRun(context, runtime) : undefined));
  });
}
