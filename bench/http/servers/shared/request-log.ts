// The lines of a request with pino, for frameworks that have none of their own: a child for each request, in its context.
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { type Logger, pino } from "pino";
import { production } from "./environment.ts";

/** A request that is under way. */
export interface Logged {
  readonly id: string;
  readonly log: Logger;
  readonly method: string;
  readonly path: string;
  readonly started: number;
}

export const context: AsyncLocalStorage<Logged> = new AsyncLocalStorage();
const root = pino();

/** Writes the first line of a request. */
export function received(method: string, path: string, given: string | null | undefined): Logged {
  const id = given ?? randomUUID();
  const log = root.child({ request_id: id });
  log.info({ method, path }, "request_received");
  return { id, log, method, path, started: performance.now() };
}

/** Writes the last line of a request. */
export function completed({ log, method, path, started }: Logged, status_code: number): void {
  log.info({ method, path, status_code, duration_ms: performance.now() - started }, "request_completed");
}

/** Writes the line of a handler, to the request that it runs for; nothing in bare mode. */
export function handled(fields: object): void {
  if (production) context.getStore()?.log.info(fields, "handled");
}

/** The path of a URL that may have a host. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start === -1 ? "/" : url.slice(start);
}
