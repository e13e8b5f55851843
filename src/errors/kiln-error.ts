import type { KilnErrorCode } from "./catalogue.ts";

/** The four parts of a message that a user can act on, see {@link KilnError}. */
export interface KilnErrorParts {
  /** Where it happened: the call, route or file the user wrote, for example `posts.put("/:postId")`. */
  readonly where: string;
  /** The offending thing, without quotes; the message quotes it. */
  readonly what: string;
  /** Why it cannot work, a clause without a full stop. */
  readonly why: string;
  /** What to do about it, a clause without a full stop. */
  readonly fix: string;
  /** The error that led here, kept as `cause`. */
  readonly cause?: unknown;
}

/**
 * A mistake in how Kiln is used or configured: the wrong graph, a missing setting, a database that cannot be embedded.
 * It is never the answer to a request; that is `HttpError`.
 *
 * @example
 * ```ts
 * import { KilnError } from "kilnjs";
 * function isSettingsProblem(error: unknown): boolean {
 *   return error instanceof KilnError && error.code === "KILN_SETTINGS_INVALID";
 * }
 * ```
 */
export class KilnError extends Error {
  override readonly name: string = "KilnError";
  /** Stable code, listed with its explanation in `docs/errors.md`. */
  readonly code: KilnErrorCode;
  /** The call, route or file that the error is about. */
  readonly where: string;

  constructor(code: KilnErrorCode, parts: KilnErrorParts) {
    // A reason that is another message ends with a full stop of its own.
    const message = `${code} in ${parts.where}: "${parts.what}" ${parts.why.replace(/\.$/, "")}. ${parts.fix}.`;
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.where = parts.where;
  }
}
