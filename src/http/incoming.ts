import { channel } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { http } from "../contract/node-http.ts";

/** What takes the bytes of a body as they come. */
export interface BodyTaker {
  data(chunk: Uint8Array): void;
  end(): void;
  /** The connection has ended first. */
  fail(error: Error): void;
}

// Who listens is given each request, and may want to see its body.
const requestStart = channel("http.server.request.start");

// What Node calls itself for a request without a body, since 24.12: the stream is over, and nothing of it was asked for.
const closeReadable: unknown = Reflect.get(http.IncomingMessage.prototype, "_dumpAndCloseReadable");

/**
 * A request whose body may go straight to the one who reads it. As a stream it would be put into a queue, taken out of it
 * in another turn, and its end be told in a third: 12 of the 60 us that bare `node:http` takes for a small POST.
 */
export class Incoming extends http.IncomingMessage {
  taker: BodyTaker | undefined = undefined;

  /** Node's parser gives each piece of the body to this, and null at its end. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    const { taker } = this;
    if (taker === undefined) return super.push(chunk, encoding);
    if (chunk === null) {
      this.taker = undefined;
      // `takeBody` has seen that it is one.
      (closeReadable as () => void).call(this);
      // Node waits for the end of a request whose answer was there before its body.
      if (this.listenerCount("end") > 0) this.emit("end");
      taker.end();
      // Node's parser gives bytes.
    } else taker.data(chunk as Uint8Array);
    return true;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { taker } = this;
    this.taker = undefined;
    // As a stream tells of it: after what Node does at the end of a connection, such as the "close" of the response.
    if (taker !== undefined) process.nextTick(() => taker.fail(error ?? new Error("the request has ended")));
    super._destroy(error, callback);
  }
}

/**
 * Has the body of a request given to `taker`, past the machinery of streams.
 *
 * @returns false where that cannot be, since something of it has come already, or somebody reads it as a stream
 */
export function takeBody(request: IncomingMessage, taker: BodyTaker): boolean {
  if (!(request instanceof Incoming) || typeof closeReadable !== "function" || requestStart.hasSubscribers)
    return false;
  if (request.complete || request.readableLength > 0 || request.readableFlowing !== null || request.destroyed)
    return false;
  request.taker = taker;
  return true;
}
