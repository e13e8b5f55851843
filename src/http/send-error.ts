import type { RequestInfo } from "../contract/ambient.ts";
import type { HttpError } from "../contract/http-error.ts";
import { http } from "../contract/node-http.ts";
import { toProblem } from "../contract/problem.ts";
import { type RequestContext, requestPath } from "./context.ts";
import { type ErrorAnswer, findErrorHandler, type RegisteredErrorHandler } from "./error-handlers.ts";
import { InternalError, Overloaded, publicError } from "./errors.ts";

interface ErrorBody {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly text: string;
}

/**
 * Answers a request with an error: by the app's own handler for its class, else as a problem. Logs what is the
 * server's fault, once, with its causes.
 */
export function sendError(context: RequestContext, thrown: unknown): void {
  const error = publicError(thrown);
  logFault(context, thrown, error);
  const handlers = context.server.errorHandlers;
  const handler = findErrorHandler(handlers, thrown) ?? findErrorHandler(handlers, error);
  if (handler === undefined) return answer(context, error, () => problemBody(context, error));
  const shown = findErrorHandler(handlers, thrown) === undefined ? error : thrown;
  withinDeadline(context, handledBody(context, handler, shown, error)).then(
    (body) => answer(context, error, () => body),
    (failure: unknown) => fallBack(context, error, failure),
  );
}

/**
 * Answers when what was to be sent could not be: a stream that failed before its first byte, or a plugin's hook that
 * threw. Past the hooks, since one of them may be what fails.
 */
export function sendBroken(context: RequestContext, thrown: unknown): void {
  const { raw } = context.reply;
  if (raw.headersSent) {
    if (!raw.writableEnded) raw.destroy();
    return;
  }
  const error = publicError(thrown);
  logFault(context, thrown, error);
  const { status, contentType, text } = problemBody(context, error);
  context.reply.hijack();
  for (const name of raw.getHeaderNames()) raw.removeHeader(name);
  raw.writeHead(status, { "x-request-id": context.id, "content-type": contentType, connection: "close" }).end(text);
}

/** An error is decided on when its request's deadline no longer counts, so its handler gets the same time again. */
async function withinDeadline<T>(context: RequestContext, work: Promise<T>): Promise<T> {
  const { timeout } = context;
  if (timeout <= 0) return work;
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`took longer than ${timeout} ms`)), timeout);
  return Promise.race([work, overdue]).finally(() => clearTimeout(timer));
}

/** Writes an answer, or the least one when it cannot be written: a status that is none, or `extra` that no JSON holds. */
function answer(context: RequestContext, error: HttpError, make: () => ErrorBody): void {
  try {
    write(context, error, make());
  } catch (failure) {
    fallBack(context, error, failure);
  }
}

function fallBack(context: RequestContext, error: HttpError, failure: unknown): void {
  context.log.error({ err: failure }, "error_handler_failed");
  write(context, error, problemBody(context, new InternalError()));
}

function logFault(context: RequestContext, thrown: unknown, error: HttpError): void {
  // Refusals for the load are counted and logged together, or the lines would add to it.
  if (error.status < 500 || error instanceof Overloaded) return;
  // A planned 5xx, such as a full pool, says enough by its code; anything else is logged with its stack and causes.
  if (thrown === error) context.log.warn({ err: error, code: error.code }, "request_failed");
  else context.log.error({ err: thrown }, "request_failed");
}

function problemBody(context: RequestContext, error: HttpError): ErrorBody {
  const about = { path: requestPath(context), requestId: context.id, base: context.server.problemBase };
  return {
    status: error.status,
    headers: error.headers,
    contentType: "application/problem+json; charset=utf-8",
    text: JSON.stringify(toProblem(error, about)),
  };
}

async function handledBody(
  context: RequestContext,
  handler: RegisteredErrorHandler,
  shown: unknown,
  error: HttpError,
): Promise<ErrorBody> {
  // The registry pairs each handler with the class that the error was found to be.
  const handle = handler.handle as (error: unknown, scene: object) => ErrorAnswer | Promise<ErrorAnswer>;
  // `ambient` makes what its name says.
  const request = context.ambient("request") as RequestInfo;
  const answer = await handle(shown, { request, log: context.log });
  const encoded = handler.encode === undefined ? undefined : await handler.encode(answer.body);
  if (encoded?.ok === false)
    throw new Error(`the error handler's body does not fit its schema: ${JSON.stringify(encoded.issues)}`);
  return {
    status: answer.status ?? error.status,
    headers: { ...error.headers, ...answer.headers },
    contentType: answer.contentType ?? "application/json; charset=utf-8",
    text: encoded?.text ?? JSON.stringify(answer.body),
  };
}

/** The headers of an error, without those that Node would refuse: the client must get an answer in any case. */
function validHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => {
      try {
        http.validateHeaderName(name);
        http.validateHeaderValue(name, value);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

function write(context: RequestContext, error: HttpError, body: ErrorBody): void {
  const { reply } = context;
  if (context.closed) return;
  // Headers are out already when a stream breaks: all that is left is to cut the connection.
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  const challenge = error.status === 401 ? context.runtime?.challenge : undefined;
  const headers = challenge === undefined ? body.headers : { "www-authenticate": challenge, ...body.headers };
  context.nameAnswer();
  reply.code(body.status).headers(validHeaders(headers));
  reply.header("content-type", body.contentType).send(body.text);
}
