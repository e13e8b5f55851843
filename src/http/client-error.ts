import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { http } from "../contract/node-http.ts";

const known: Readonly<Record<string, readonly [status: number, code: string, title: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "headers_too_large", "The request's headers are larger than this server takes"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "request_timeout", "The request did not arrive in time"],
};

const malformed = [400, "malformed_request", "The request is not HTTP that this server understands"] as const;

/** The bytes of the answer to a request that Node's parser refused. */
function clientErrorResponse(code: string | undefined, problemBase: string): string {
  const [status, problemCode, title] = known[code ?? ""] ?? malformed;
  const requestId = randomUUID();
  const body = JSON.stringify({
    type: `${problemBase}${problemCode}`,
    title,
    status,
    instance: "",
    request_id: requestId,
  });
  return [
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}`,
    "content-type: application/problem+json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}

/**
 * Answers what never became a request: broken framing, oversized headers, one that came too slowly.
 *
 * @param error what Node's parser or its timers say
 * @param socket the connection; it is closed afterwards, since what follows on it cannot be trusted (request smuggling)
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket, problemBase: string): void {
  // A reset connection has nobody to answer to.
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  // In the middle of an answer it would become a part of that answer; Node's own handler looks at the same property.
  const { _httpMessage: current } = socket as Socket & { _httpMessage?: ServerResponse | null };
  if (current?.headersSent === true) {
    socket.destroy();
    return;
  }
  if (socket.writable) socket.end(clientErrorResponse(error.code, problemBase));
  // `end` flushes first; a client that keeps its side open for long is cut by the timeout below.
  socket.setTimeout(1000, () => socket.destroy());
}
