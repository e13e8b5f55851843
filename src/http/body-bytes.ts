import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { errorCodes, type FastifyInstance, type FastifyRequest } from "fastify";
import { HttpError } from "../contract/http-error.ts";
import { UnsupportedMediaType } from "../inject/input-steps.ts";
import { contextOf } from "./context-of.ts";
import { BodyTooLarge, BodyUnreadable } from "./errors.ts";

type Done = (error: Error | null, body?: unknown) => void;
type BytesRead = (error: Error | null, body?: Buffer) => void;

/** A body as it comes. A plugin that unpacks it says how many packed bytes went in. */
type Payload = Readable & { readonly receivedEncodedLength?: number };

/** A piece of a body that came in one. Over HTTP/2 it is a part of memory that other requests' bodies are in, too. */
function ownBytes(piece: Buffer | undefined): Buffer {
  if (piece === undefined) return Buffer.alloc(0);
  return piece.length === piece.buffer.byteLength ? piece : Buffer.concat([piece], piece.length);
}

/**
 * Reads the bytes of a body. Fastify can do that too, but it takes its listeners off again and copies what has come in
 * one piece, as most bodies do, which is 1 us of each request.
 */
export function readBytes(request: FastifyRequest, payload: Payload, limit: number, done: BytesRead): void {
  const header = request.headers["content-length"];
  const announced = header === undefined ? undefined : Number(header);
  if (announced !== undefined && announced > limit) return done(new BodyTooLarge());
  let first: Buffer | undefined;
  let all: Buffer[] | undefined;
  let length = 0;
  let over = false;
  const finish = (error: Error | null, bytes?: Buffer): void => {
    if (over) return;
    over = true;
    done(error, bytes);
  };
  payload.on("data", (data: Buffer | string) => {
    if (over) return;
    // A plugin's stream may give text.
    const chunk = typeof data === "string" ? Buffer.from(data) : data;
    length += chunk.length;
    // What a packed body unpacks to counts, as does what came over the wire.
    if (length > limit || (payload.receivedEncodedLength ?? 0) > limit) finish(new BodyTooLarge());
    else if (first === undefined) first = chunk;
    else if (all === undefined) all = [first, chunk];
    else all.push(chunk);
  });
  payload.on("end", () => {
    // A plugin that has not counted may say so by zero.
    if (announced !== undefined && (payload.receivedEncodedLength || length) !== announced) {
      finish(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH());
    } else finish(null, all === undefined ? ownBytes(first) : Buffer.concat(all, length));
  });
  payload.on("error", (error) => {
    // What a plugin makes of the bytes fails for what the client has sent, unless it says otherwise.
    const isFromPlugin = payload !== request.raw && !(error instanceof HttpError);
    finish(isFromPlugin ? new BodyUnreadable(undefined, { cause: error }) : error);
  });
  // Listening does not wake a stream that a plugin has paused.
  payload.resume();
}

/**
 * Gives Kiln's routes the bytes of a body, whatever its type: what they mean is the route's declaration to say, and a 415
 * names what it reads. Routes that plugins declare get what Fastify gives them: JSON, text, or a 415.
 *
 * @param bodyLimit the most bytes that a body may have where the route does not say, in bytes
 */
export function readBodies(instance: FastifyInstance, bodyLimit: number): void {
  const parseJson = instance.getDefaultJsonParser("error", "error");
  const add = (type: string, parse: (request: FastifyRequest, body: Buffer, done: Done) => void): void => {
    instance.addContentTypeParser(type, (request: FastifyRequest, payload: Payload, done: Done) => {
      const runtime = contextOf(request)?.runtime;
      if (runtime !== undefined) return readBytes(request, payload, runtime.bodyLimit ?? bodyLimit, done);
      readBytes(request, payload, request.routeOptions.bodyLimit, (error, body) => {
        // What was read without an error is bytes.
        if (error === null) parse(request, body as Buffer, done);
        else done(error);
      });
    });
  };
  instance.removeAllContentTypeParsers();
  // The usual type is named, which saves Fastify from taking it apart.
  // It answers through `done`; only its type allows a promise.
  add("application/json", (request, body, done) => void parseJson(request, body.toString(), done));
  add("text/plain", (_request, body, done) => done(null, body.toString()));
  add("*", (_request, _body, done) => done(new UnsupportedMediaType()));
}
