import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { errorCodes, type FastifyInstance, type FastifyRequest } from "fastify";
import { HttpError } from "../contract/http-error.ts";
import { UnsupportedMediaType } from "../inject/input-steps.ts";
import { contextOf } from "./context-of.ts";
import { BodyTooLarge, BodyUnreadable } from "./errors.ts";
import { type BodyTaker, takeBody } from "./incoming.ts";

type Done = (error: Error | null, body?: unknown) => void;
type BytesRead = (error: Error | null, body?: Buffer) => void;

/** A body as it comes. A plugin that unpacks it says how many packed bytes went in. */
type Payload = Readable & { readonly receivedEncodedLength?: number };

/** A piece of a body that came in one. Over HTTP/2 it is a part of memory that other requests' bodies are in, too. */
function ownBytes(piece: Buffer | undefined): Buffer {
  if (piece === undefined) return Buffer.alloc(0);
  return piece.length === piece.buffer.byteLength ? piece : Buffer.concat([piece], piece.length);
}

/** Puts a body together of its pieces, up to a limit. */
class BodyBytes implements BodyTaker {
  readonly announced: number | undefined;
  readonly limit: number;
  /** What a plugin may have unpacked. */
  readonly unpacked: Payload | undefined;
  readonly done: BytesRead;
  first: Buffer | undefined = undefined;
  all: Buffer[] | undefined = undefined;
  length = 0;
  over = false;

  constructor(announced: number | undefined, limit: number, unpacked: Payload | undefined, done: BytesRead) {
    this.announced = announced;
    this.limit = limit;
    this.unpacked = unpacked;
    this.done = done;
  }

  data(chunk: Buffer): void {
    if (this.over) return;
    this.length += chunk.length;
    // What a packed body unpacks to counts, as does what came over the wire.
    if (this.length > this.limit || this.packedLength > this.limit) this.fail(new BodyTooLarge());
    else if (this.first === undefined) this.first = chunk;
    else if (this.all === undefined) this.all = [this.first, chunk];
    else this.all.push(chunk);
  }

  end(): void {
    // A plugin that has not counted may say so by zero.
    if (this.announced !== undefined && (this.packedLength || this.length) !== this.announced) {
      this.fail(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH());
    } else {
      this.finish(null, this.all === undefined ? ownBytes(this.first) : Buffer.concat(this.all, this.length));
    }
  }

  fail(error: Error): void {
    this.finish(error);
  }

  get packedLength(): number {
    return this.unpacked?.receivedEncodedLength ?? 0;
  }

  finish(error: Error | null, bytes?: Buffer): void {
    if (this.over) return;
    this.over = true;
    this.done(error, bytes);
  }
}

/** Node's parser has seen that it is one number. Taken from its digits, since `Number()` leaves what V8 has compiled: 0.6 us. */
function announcedLength({ headers }: FastifyRequest): number | undefined {
  const header = headers["content-length"];
  if (header === undefined) return undefined;
  let length = 0;
  for (let i = 0; i < header.length; i++) length = length * 10 + header.charCodeAt(i) - 48;
  return length;
}

/** Whether there is no body, though a type may be said of one: such a stream tells nobody that it has ended. */
function isOver(payload: Readable): boolean {
  return payload.readableEnded;
}

/** Reads the bytes of a body as they come from the connection, where nobody else has a say in them. */
export function takeBytes(request: FastifyRequest, limit: number, done: BytesRead): void {
  const announced = announcedLength(request);
  if (announced !== undefined && announced > limit) return done(new BodyTooLarge());
  if (isOver(request.raw)) return done(null, Buffer.alloc(0));
  if (!takeBody(request.raw, new BodyBytes(announced, limit, undefined, done))) {
    readBytes(request, request.raw, limit, done);
  }
}

/**
 * Reads the bytes of a body. Fastify can do that too, but it takes its listeners off again and copies what has come in
 * one piece, as most bodies do, which is 1 us of each request.
 */
function readBytes(request: FastifyRequest, payload: Payload, limit: number, done: BytesRead): void {
  const announced = announcedLength(request);
  if (announced !== undefined && announced > limit) return done(new BodyTooLarge());
  if (isOver(payload)) return done(null, Buffer.alloc(0));
  const bytes = new BodyBytes(announced, limit, payload, done);
  // A plugin's stream may give text.
  payload.on("data", (data: Buffer | string) => bytes.data(typeof data === "string" ? Buffer.from(data) : data));
  payload.on("end", () => bytes.end());
  payload.on("error", (error) => {
    // What a plugin makes of the bytes fails for what the client has sent, unless it says otherwise.
    const isFromPlugin = payload !== request.raw && !(error instanceof HttpError);
    bytes.fail(isFromPlugin ? new BodyUnreadable(undefined, { cause: error }) : error);
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
