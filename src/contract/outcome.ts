/** One thing that is wrong with a value. */
export interface SchemaIssue {
  /** Where it is: property names as they stand on the wire, list positions as numbers. */
  readonly path: readonly (string | number)[];
  /** Stable code, for example `missing`, `invalid_type`, `too_small`, `custom`. */
  readonly code: string;
  /** One sentence for people, without the value itself. */
  readonly message: string;
}

/** What reading or writing a value by its schema came to. */
export type Outcome<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

/** Continues at once when there is nothing to wait for, so that synchronous schemas never cost a promise. */
export function whenDone<A, B>(value: A | Promise<A>, next: (value: A) => B): B | Promise<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}
