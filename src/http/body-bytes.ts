import type { FastifyInstance, FastifyRequest } from "fastify";
import { UnsupportedMediaType } from "../inject/input-steps.ts";

type Done = (error: Error | null, body?: unknown) => void;

function isOurs(request: FastifyRequest): boolean {
  return request.routeOptions.config.kiln !== undefined;
}

/**
 * Gives Kiln's routes the bytes of a body, whatever its type: what they mean is the route's declaration to say, and a 415
 * names what it reads. Routes that plugins declare get what Fastify gives them: JSON, text, or a 415.
 */
export function readBodies(instance: FastifyInstance): void {
  const parseJson = instance.getDefaultJsonParser("error", "error");
  instance.removeAllContentTypeParsers();
  // The usual type is named, which saves Fastify from taking it apart.
  instance.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done: Done) => {
    if (isOurs(request)) done(null, body);
    // It answers through `done`; only its type allows a promise.
    else void parseJson(request, body.toString(), done);
  });
  instance.addContentTypeParser("text/plain", { parseAs: "buffer" }, (request, body: Buffer, done: Done) => {
    done(null, isOurs(request) ? body : body.toString());
  });
  instance.addContentTypeParser("*", { parseAs: "buffer" }, (request, body: Buffer, done: Done) => {
    if (isOurs(request)) done(null, body);
    else done(new UnsupportedMediaType());
  });
}
