import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { http } from "../contract/node-http.ts";
import { wallNow } from "../logging/clock.ts";

/*
 * The head of the usual answer. `writeHead` asks of each name and value whether it can be a header, and looks for the ones
 * that Node has a say in: 5 to 7 of the 43 us that bare `node:http` takes for a small GET. Here all but the request id,
 * whose characters `acceptRequestId` has checked, is known before: nothing that came from outside can split the answer.
 */

/** The type of the usual answer. */
export const json = "application/json; charset=utf-8";

/** What a response has beside what its type says. */
interface Internals {
  /** The head, once there is one. */
  _header: string | null;
  /** False where the client has asked for the connection to end, or speaks HTTP/1.0. */
  readonly shouldKeepAlive: boolean;
  /** What its server has as `keepAliveTimeout`. */
  readonly _keepAliveTimeout: number;
}

const { writeHead } = http.ServerResponse.prototype;
const starts: Record<number, string | undefined> = Object.create(null);
const middle = `\r\ncontent-type: ${json}\r\ncontent-length: `;

function startOf(status: number): string {
  starts[status] ??= `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? "unknown"}\r\nx-request-id: `;
  return starts[status];
}

/** Makes what writes the end of heads, which is the same for a second, for connections that are kept for so many milliseconds. */
function headEnd(keepAlive: number): () => string {
  const kept = keepAlive > 0 ? `Keep-Alive: timeout=${Math.floor(keepAlive / 1000)}\r\n` : "";
  let second = Number.NaN;
  let end = "";
  return () => {
    const now = Math.floor(wallNow() / 1000);
    if (now !== second) {
      second = now;
      // The date as RFC 9110 has it; all in one piece, which is written by every answer of the second.
      const text = `\r\nDate: ${new Date(now * 1000).toUTCString()}\r\nConnection: keep-alive\r\n${kept}\r\n`;
      end = Buffer.from(text, "latin1").toString("latin1");
    }
    return end;
  };
}

function headOf(status: number, id: string, length: number, end: string): string {
  return startOf(status) + id + middle + length + end;
}

/** Leaves the head to Node. */
function writeByNode(response: ServerResponse, status: number, id: string, text: string): void {
  const length = Buffer.byteLength(text);
  const head = ["x-request-id", id, "content-type", json, "content-length", length];
  // One byte for each character, so there is nothing to encode.
  response.writeHead(status, head).end(text, length === text.length ? "latin1" : "utf8");
}

// Whoever has put something in its place wants to see each head.
const isOwnWriteHead = /^function writeHead\(.*this\._storeHeader\(statusLine, headers\);\s*return this;\s*\}$/s;

/** Whether this version of Node keeps the head of a response where it did, and would write the same one. */
function isAsNodeDoes(keepAlive: number, end: string): boolean {
  if (!isOwnWriteHead.test(Function.prototype.toString.call(writeHead))) return false;
  const request = Object.assign(Object.create(http.IncomingMessage.prototype), { method: "GET" });
  Object.assign(request, { httpVersionMajor: 1, httpVersionMinor: 1 });
  const response = new http.ServerResponse(request);
  Object.assign(response, { shouldKeepAlive: true, _keepAliveTimeout: keepAlive });
  response.writeHead(201, ["x-request-id", "id", "content-type", json, "content-length", 2]);
  const nodes: unknown = Reflect.get(response, "_header");
  const undated = (head: string): string => head.replace(/Date: .{29}\r\n/, "");
  return typeof nodes === "string" && undated(nodes) === undated(headOf(201, "id", 2, end));
}

/** Whether nobody has put a header on a response or wants to see its head, and its connection stays open. */
function isPlain(response: ServerResponse & Internals, keepAlive: number): boolean {
  return (
    response.shouldKeepAlive &&
    response._keepAliveTimeout === keepAlive &&
    response.writeHead === writeHead &&
    response._header === null &&
    response.getHeaderNames().length === 0
  );
}

/** Writes an answer that is JSON, with no header but Kiln's own. */
export type JsonWriter = (response: ServerResponse, status: number, id: string, text: string) => void;

/**
 * Makes what writes the usual answer.
 *
 * @param keepAlive how long the server keeps an idle connection, in milliseconds, which its answers say
 * @returns what writes the head as Node would; where this Node would do otherwise, or somebody has put headers on the
 *   response already, it leaves the head to Node
 */
export function createJsonWriter(keepAlive: number): JsonWriter {
  const endNow = headEnd(keepAlive);
  if (!isAsNodeDoes(keepAlive, endNow())) return writeByNode;
  return (given, status, id, text) => {
    // Each response has them: `isAsNodeDoes` has seen it.
    const response = given as ServerResponse & Internals;
    if (!isPlain(response, keepAlive)) return writeByNode(response, status, id, text);
    const length = Buffer.byteLength(text);
    response.statusCode = status;
    response.statusMessage = http.STATUS_CODES[status] ?? "unknown";
    response._header = headOf(status, id, length, endNow());
    response.end(text, length === text.length ? "latin1" : "utf8");
  };
}
