import type { HttpError } from "./http-error.ts";

/** An error in the format of RFC 9457, as it is sent. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** The path of the request. */
  readonly instance: string;
  readonly request_id: string;
  readonly [extra: string]: unknown;
}

/** Where a problem's `type` leads by default: a URN, since a URL that answers nothing would be a broken promise. */
export const defaultProblemBase: string = "urn:problem-type:";

/**
 * Turns an error into the problem that the client gets, following RFC 9457.
 *
 * @param error what was thrown on purpose
 * @param about path and id of the request, and what `type` starts with
 */
export function toProblem(
  error: HttpError,
  about: { readonly path: string; readonly requestId: string; readonly base: string },
): Problem {
  const standard = {
    type: `${about.base}${error.code}`,
    title: error.title,
    status: error.status,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    instance: about.path,
    request_id: about.requestId,
  };
  // Once more at the end: further members may not replace the standard ones, which still come first.
  return { ...standard, ...error.extra, ...standard };
}
