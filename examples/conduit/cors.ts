import type { FastifyInstance } from "fastify";

/**
 * Lets the RealWorld front ends call the API from another origin. Tokens travel in a header that no browser sends by
 * itself, so any origin may ask.
 */
export function cors(fastify: FastifyInstance): void {
  fastify.addHook("onRequest", async (request, reply) => {
    reply.header("access-control-allow-origin", "*");
    reply.header("access-control-expose-headers", "location, retry-after");
    if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return;
    reply.header("access-control-allow-methods", "GET, POST, PUT, DELETE");
    reply.header("access-control-allow-headers", "authorization, content-type, x-requested-with");
    reply.header("access-control-max-age", "600");
  });
}
