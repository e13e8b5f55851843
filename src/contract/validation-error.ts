import { HttpError } from "./http-error.ts";
import type { InputSource } from "./provider.ts";

/** One problem of one input, in the names of the wire. */
export interface InputIssue {
  /** Where the input was read from. */
  readonly in: InputSource;
  /** Keys and indexes from the source to the value; empty when the whole source is meant. */
  readonly path: readonly (string | number)[];
  /** Stable code, for example `missing`, `too_small`. */
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
}

/**
 * The 422 of a request whose inputs do not fit their declaration; lists every problem of all inputs at once.
 */
export class ValidationError extends HttpError {
  override readonly name: string = "ValidationError";
  static readonly status = 422;
  static readonly code = "validation_failed";
  static readonly title = "The request does not fit what the route declares";
  /** Every problem that was found. */
  readonly errors: readonly InputIssue[];

  constructor(errors: readonly InputIssue[]) {
    super(ValidationError.status, ValidationError.code, ValidationError.title, undefined, { extra: { errors } });
    this.errors = errors;
  }
}
