import type { AccessLine } from "./access-line.ts";
import type { LineLevel, Logger } from "./logger.ts";
import { ScopedLogger } from "./scoped-logger.ts";

/** What is known of a request before it is handled. */
export interface ReceivedFields {
  readonly method: string;
  /** The path with its query, secrets masked: see `loggablePath`. */
  readonly path: string;
}

/** What is known of a request after it was answered. */
export interface CompletedFields extends ReceivedFields {
  /** The route's template; undefined when no route matched. */
  readonly route: string | undefined;
  readonly status_code: number;
  /** Milliseconds from the first to the last byte. */
  readonly duration_ms: number;
  /** Whether the client left before the answer was complete. */
  readonly aborted?: boolean;
}

/** Writes the line that opens a request. */
export function requestReceived(log: Logger, { method, path }: ReceivedFields): void {
  write(log, "info", { message: "request_received", method, path });
}

/**
 * Writes the line that closes a request: `error` for a 5xx, which is ours to mend, else `info`. A client that asked for
 * the wrong thing or left is no fault of the service.
 */
export function requestCompleted(log: Logger, fields: CompletedFields): void {
  const { method, path, route, status_code, duration_ms, aborted } = fields;
  const level = status_code >= 500 && aborted !== true ? "error" : "info";
  write(log, level, {
    message: "request_completed",
    method,
    path,
    route,
    status_code,
    duration_ms: Math.round(duration_ms * 1000) / 1000,
    aborted: aborted === true ? aborted : undefined,
  });
}

function write(log: Logger, level: LineLevel, line: AccessLine): void {
  if (log instanceof ScopedLogger && log.access(level, line)) return;
  const { message, ...fields } = line;
  log[level](fields, message);
}
