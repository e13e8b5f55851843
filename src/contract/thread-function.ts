/** The key by which a function is known that runs in a thread. */
export const runsInThread: unique symbol = Symbol.for("kilnjs.runsInThread");

/** A function that `blocking()` has made. */
export interface ThreadFunction<A extends readonly unknown[], R> {
  (...args: A): Promise<R>;
  readonly [runsInThread]: true;
}

/** Tells such a function from any other. */
export function isThreadFunction(value: unknown): value is ThreadFunction<never[], unknown> {
  return typeof value === "function" && runsInThread in value;
}
