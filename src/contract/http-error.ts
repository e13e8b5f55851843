/** Options of one thrown {@link HttpError}. */
export interface HttpErrorOptions {
  /** Headers to send with the answer, for example `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem object; they may not replace the standard ones. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** What led here: logged, never sent. */
  readonly cause?: unknown;
}

function checkStatus(status: number, code: string): void {
  if (Number.isInteger(status) && status >= 400 && status <= 599) return;
  throw new RangeError(`the error "${code}" has the status ${status}; one between 400 and 599 is needed`);
}

/**
 * An error that a client is meant to see, sent as an RFC 9457 problem. Make classes of it with {@link httpError}.
 */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  /** The HTTP status, 400 to 599. */
  readonly status: number;
  /** Stable machine-readable code, for example `post_not_found`. */
  readonly code: string;
  /** One sentence that is the same for every error of the class. */
  readonly title: string;
  /** What is special about this one; sent to the client. */
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, title: string, detail?: string, options: HttpErrorOptions = {}) {
    super(detail ?? title, options.cause === undefined ? undefined : { cause: options.cause });
    checkStatus(status, code);
    this.status = status;
    this.code = code;
    this.title = title;
    this.detail = detail;
    this.headers = options.headers ?? {};
    this.extra = options.extra ?? {};
  }
}

/** A class made by {@link httpError}: throw an instance, list the class in `raises`. */
export interface HttpErrorClass<Status extends number = number, Code extends string = string> {
  // Status and code in the instance's type are what `instanceof` narrows by.
  new (detail?: string, options?: HttpErrorOptions): HttpError & { readonly status: Status; readonly code: Code };
  readonly status: Status;
  readonly code: Code;
  readonly title: string;
}

// An error that was thrown in another thread becomes one of the same class again; classes that are gone stay gone.
const madeClasses = new Map<string, WeakRef<HttpErrorClass>>();
const forgotten = new FinalizationRegistry<string>((key) => {
  if (madeClasses.get(key)?.deref() === undefined) madeClasses.delete(key);
});

/** What names a class that {@link httpError} made, the same in every thread. */
export function httpErrorKey({ status, code, title }: Pick<HttpErrorClass, "status" | "code" | "title">): string {
  return `${status} ${code} ${title}`;
}

/** The class of this {@link httpErrorKey} in this thread; the latest, where several are equal in all three. */
export function madeHttpError(key: string): HttpErrorClass | undefined {
  return madeClasses.get(key)?.deref();
}

/**
 * Makes an error class for one thing that can go wrong. Thrown anywhere in a request it becomes the answer; listed in
 * `raises` it becomes part of the OpenAPI document.
 *
 * @param status HTTP status, 400 to 599
 * @param code stable code in snake_case, the last part of the problem's `type`
 * @param title one sentence for people
 * @returns a class; its instances take an optional `detail` and {@link HttpErrorOptions}
 * @throws RangeError when the status is not an error status
 *
 * @example
 * ```ts
 * import { httpError } from "kilnjs";
 * export const PostNotFound = httpError(404, "post_not_found", "No post has this id");
 * // later: throw new PostNotFound();
 * ```
 */
export function httpError<const Status extends number, const Code extends string>(
  status: Status,
  code: Code,
  title: string,
): HttpErrorClass<Status, Code> {
  checkStatus(status, code);
  const made = class extends HttpError {
    static readonly status = status;
    static readonly code = code;
    static readonly title = title;
    constructor(detail?: string, options?: HttpErrorOptions) {
      super(status, code, title, detail, options);
    }
  };
  const key = httpErrorKey(made);
  madeClasses.set(key, new WeakRef(made));
  forgotten.register(made, key);
  // The constructor passes these very values on, which the wider types of the base class forget.
  return made as unknown as HttpErrorClass<Status, Code>;
}
