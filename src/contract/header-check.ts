import { http } from "./node-http.ts";

// How a message is framed is the HTTP layer's to say. Two framings in one message are how requests and responses are
// smuggled past proxies.
const framing = new Set(["transfer-encoding", "content-length", "connection", "keep-alive", "trailer", "upgrade"]);

/**
 * Checks a header that a handler wants to send.
 *
 * @throws TypeError for characters that HTTP does not allow, such as the line break that would split the answer, and for
 * headers that belong to the connection
 */
export function checkHeader(name: string, value: string): void {
  http.validateHeaderName(name);
  http.validateHeaderValue(name, value);
  if (framing.has(name.toLowerCase())) {
    throw new TypeError(`the header "${name}" frames the message, which is Kiln's to do; leave it out`);
  }
}
