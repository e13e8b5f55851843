import { isoNow } from "./clock.ts";
import type { Origin } from "./format.ts";
import type { LineLevel } from "./logger.ts";
import type { Fields } from "./safe-value.ts";

/** What one of the two lines of a request says: which values there are and of what kind is known beforehand. */
export interface AccessLine {
  readonly message: "request_received" | "request_completed";
  readonly method: string;
  readonly path: string;
  readonly route?: string | undefined;
  readonly status_code?: number;
  readonly duration_ms?: number;
  readonly aborted?: true | undefined;
}

/**
 * Writes an access line.
 *
 * @param requestId the part of the line with the id, see {@link requestIdPart}
 * @param bound safe fields that were bound to the request
 * @returns the line with its line feed; undefined when it is one that needs to be looked through as any other
 */
export type AccessFormat = (
  level: LineLevel,
  requestId: string | undefined,
  bound: Readonly<Fields> | undefined,
  line: AccessLine,
) => string | undefined;

const names = ["method", "path", "route", "status_code", "duration_ms", "aborted"] as const;
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Whether a text stands in JSON as it is, and is no URL, in which a password may have to be masked. */
function isPlain(text: string): boolean {
  return plain.test(text) && !text.includes("://");
}

/** The part of a line with the id of a request, which all its lines share; undefined when the id is no plain text. */
export function requestIdPart(id: string): string | undefined {
  return isPlain(id) ? `,"request_id":"${id}"` : undefined;
}

/** Bound fields as part of a line; undefined when one of them has the name of another field of the line. */
function boundPart(bound: Readonly<Fields> | undefined): string | undefined {
  if (bound === undefined) return "";
  if (names.some((name) => name in bound)) return;
  const text = JSON.stringify(bound);
  return text === "{}" ? "" : `,${text.slice(1, -1)}`;
}

/**
 * Makes the two lines of a request, most of what a service logs, in one piece. They are the same, byte for byte, as pino
 * makes of the same fields, but nothing has to be searched for secrets and cycles first.
 */
export function accessFormat({ service, environment }: Origin): AccessFormat {
  const origin = boundPart({ service, environment }) ?? "";
  return (level, requestId, bound, { message, method, path, route, status_code, duration_ms, aborted }) => {
    const before = boundPart(bound);
    if (requestId === undefined || before === undefined) return;
    if (!isPlain(path) || !isPlain(method) || (route !== undefined && !isPlain(route))) return;
    let line = `{"level":"${level}","time":"${isoNow()}"${origin}${requestId}${before},"method":"${method}","path":"${path}"`;
    if (route !== undefined) line += `,"route":"${route}"`;
    if (status_code !== undefined) line += `,"status_code":${status_code}`;
    if (duration_ms !== undefined) line += `,"duration_ms":${duration_ms}`;
    if (aborted === true) line += ',"aborted":true';
    return `${line},"message":"${message}"}\n`;
  };
}
