import type { ZodType } from "zod";
import type { RequestInfo } from "../contract/ambient.ts";
import type { Encoded } from "../contract/responses.ts";
import type { Logger } from "../logging/logger.ts";

/** What an error becomes when the app has its own format. */
export interface ErrorAnswer<Body = unknown> {
  /** Default: the error's own status, or 500. */
  readonly status?: number;
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `application/json`. */
  readonly contentType?: string;
}

/** What a handler of errors may look at beside the error. */
export interface ErrorScene {
  readonly request: RequestInfo;
  readonly log: Logger;
}

/** Turns an error into an answer. */
export type ErrorHandler = (error: never, scene: ErrorScene) => ErrorAnswer | Promise<ErrorAnswer>;

/** An error handler with the schema of its body, when it has named one. */
export interface RegisteredErrorHandler {
  readonly handle: ErrorHandler;
  readonly returns: ZodType | undefined;
  /** Checks and encodes the body when the handler named a schema. */
  readonly encode: ((body: unknown) => Encoded | Promise<Encoded>) | undefined;
}

/** Error handlers by class. */
export type ErrorHandlers = ReadonlyMap<unknown, RegisteredErrorHandler>;

/** The handler of the nearest class of an error, as a `catch` with types would find it. */
export function findErrorHandler(handlers: ErrorHandlers, error: unknown): RegisteredErrorHandler | undefined {
  if (handlers.size === 0 || typeof error !== "object" || error === null) return undefined;
  return findForPrototype(handlers, Object.getPrototypeOf(error));
}

/** The same for a class, for the documentation of what it would become. */
export function findForPrototype(handlers: ErrorHandlers, start: unknown): RegisteredErrorHandler | undefined {
  let prototype = start;
  while (typeof prototype === "object" && prototype !== null) {
    const found = handlers.get(prototype.constructor);
    if (found !== undefined) return found;
    prototype = Object.getPrototypeOf(prototype);
  }
  return undefined;
}
