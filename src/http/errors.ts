import { HttpError, type HttpErrorClass, httpError } from "../contract/http-error.ts";
import { http } from "../contract/node-http.ts";

/** No route matches the path. */
export const RouteNotFound: HttpErrorClass = httpError(404, "not_found", "Nothing is here");
/** The path exists, but not with this method. */
export const MethodNotAllowed: HttpErrorClass = httpError(
  405,
  "method_not_allowed",
  "This path does not take this method",
);
/** The body is larger than the route takes. */
export const BodyTooLarge: HttpErrorClass = httpError(
  413,
  "body_too_large",
  "The body is larger than this route takes",
);
/** The file is not as the client's `If-Match` or `If-Unmodified-Since` says. */
export const PreconditionFailed: HttpErrorClass = httpError(
  412,
  "precondition_failed",
  "It has changed since the client has seen it",
);
/** A `Range` that lies outside of the file. */
export const RangeNotSatisfiable: HttpErrorClass = httpError(
  416,
  "range_not_satisfiable",
  "The range lies outside of what is there",
);
/** The path or query holds a percent sign that encodes nothing, or bytes that are no UTF-8. */
export const MalformedUrl: HttpErrorClass = httpError(400, "malformed_url", "The URL is not correctly encoded");
/** HTTP/1.1 without a `Host`: what it asks for cannot be told (RFC 9112, 3.2). */
export const HostMissing: HttpErrorClass = httpError(400, "malformed_request", "The request names no host");
/** The client left while its body was on its way: nobody reads this, and it is nobody's fault but the network's. */
export const BodyIncomplete: HttpErrorClass = httpError(
  400,
  "body_incomplete",
  "The connection was closed before the whole body had come",
);
/** A plugin that unpacks bodies could not read this one. */
export const BodyUnreadable: HttpErrorClass = httpError(
  400,
  "body_unreadable",
  "The body is not encoded as its headers say",
);
/** The process has more to do than it can, see `kiln({ load })`; `Retry-After` says when to try again. */
export const Overloaded: HttpErrorClass<503, "overloaded"> = httpError(503, "overloaded", "The server is overloaded");
/** What any error becomes that was not thrown on purpose. */
export const InternalError: HttpErrorClass = httpError(500, "internal_error", "Something went wrong on the server");

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  const status = error.statusCode;
  return typeof status === "number" && status >= 400 && status < 600 ? status : undefined;
}

function isFastifyError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("FST_");
}

/**
 * What the client may know of a thrown value: errors made for it stay, the HTTP layer's own become one of ours, all
 * else is a 500 without detail, so that no message of a library or database ever leaves the server.
 */
export function publicError(thrown: unknown): HttpError {
  if (thrown instanceof HttpError) return thrown;
  if (!isFastifyError(thrown)) return new InternalError(undefined, { cause: thrown });
  if (thrown.code === "FST_ERR_CTP_BODY_TOO_LARGE") return new BodyTooLarge();
  if (thrown.code === "FST_ERR_BAD_URL") return new MalformedUrl();
  const status = statusOf(thrown) ?? 500;
  if (status >= 500) return new InternalError(undefined, { cause: thrown });
  const title = http.STATUS_CODES[status] ?? "The request cannot be answered";
  return new HttpError(status, title.toLowerCase().replace(/[^a-z]+/g, "_"), title);
}
