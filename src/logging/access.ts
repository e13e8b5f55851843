import type { Logger } from "./logger.ts";
import { ScopedLogger } from "./scoped-logger.ts";

/** What is known of a request before it is handled. */
export interface ReceivedFields {
  readonly method: string;
  /** The path with its query, secrets masked: see `loggablePath`. */
  readonly path: string;
  /** The route's template; undefined when no route matched. Only the last line says it. */
  readonly route?: string | undefined;
}

/** What is known of a request after it was answered. */
export interface CompletedFields extends ReceivedFields {
  readonly status_code: number;
  /** Milliseconds from the first to the last byte. */
  readonly duration_ms: number;
  /** Whether the client left before the answer was complete. */
  readonly aborted?: boolean;
}

/** The members that both lines of a request have; undefined when they have to be looked at more closely. */
function membersOf(log: ScopedLogger, { method, path, route }: ReceivedFields): string | undefined {
  return log.core.plain?.requestMembers(method, path, route);
}

/**
 * Writes the line that opens a request.
 *
 * @returns what it says of the request, to be given to {@link requestCompleted}, which says it again
 */
export function requestReceived(log: Logger, fields: ReceivedFields): string | undefined {
  const message = "request_received";
  if (log instanceof ScopedLogger) {
    const members = membersOf(log, fields);
    if (log.writeMembers("info", members, message)) return members;
  }
  const { method, path } = fields;
  log.info({ method, path }, message);
  return undefined;
}

/**
 * Writes the line that closes a request: `error` for a 5xx, which is ours to mend, else `info`. A client that asked for
 * the wrong thing or left is no fault of the service.
 *
 * @param received what {@link requestReceived} returned for it, if that is known
 */
export function requestCompleted(log: Logger, fields: CompletedFields, received?: string): void {
  const { method, path, route, status_code, aborted } = fields;
  const message = "request_completed";
  const level = status_code >= 500 && aborted !== true ? "error" : "info";
  const duration_ms = Math.round(fields.duration_ms * 1000) / 1000;
  if (log instanceof ScopedLogger && aborted !== true) {
    const request = received ?? membersOf(log, fields);
    const answer = log.core.plain?.answerMembers(route, status_code, duration_ms);
    if (request !== undefined && answer !== undefined && log.writeMembers(level, request + answer, message)) return;
  }
  const said = { method, path, route, status_code, duration_ms };
  log[level](aborted === true ? { ...said, aborted } : said, message);
}
