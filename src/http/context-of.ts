import type { FastifyRequest } from "fastify";
import type { RequestContext } from "./context.ts";

// Where a request's context is found again: a property on Fastify's request costs less than a map.
const contextKey: unique symbol = Symbol("kiln.context");
type Tagged = FastifyRequest & { [contextKey]?: RequestContext };

/** Keeps the context of a request with it. */
export function setContext(request: FastifyRequest, context: RequestContext): void {
  // Symbol-keyed, so no property of Fastify's can be meant.
  (request as Tagged)[contextKey] = context;
}

/** The context of a request that has begun. */
export function contextOf(request: FastifyRequest): RequestContext | undefined {
  return (request as Tagged)[contextKey];
}
