import type { Logger } from "./logger.ts";

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
export function requestReceived(log: Logger, fields: ReceivedFields): void {
  log.info(fields, "request_received");
}

/**
 * Writes the line that closes a request: `error` for a 5xx, which is ours to mend, else `info`. A client that asked for
 * the wrong thing or left is no fault of the service.
 */
export function requestCompleted(log: Logger, fields: CompletedFields): void {
  const { method, path, route, status_code, duration_ms, aborted } = fields;
  const rounded = { method, path, route, status_code, duration_ms: Math.round(duration_ms * 1000) / 1000 };
  const said = aborted === true ? { ...rounded, aborted } : rounded;
  if (status_code >= 500 && aborted !== true) log.error(said, "request_completed");
  else log.info(said, "request_completed");
}
