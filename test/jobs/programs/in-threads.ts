import { isMainThread } from "node:worker_threads";
import { type Blocking, blocking, log } from "kilnjs";

/** The handler of a job. */
export const count: Blocking<[run: { readonly payload: { readonly text: string }; readonly attempt: number }], string> =
  blocking(import.meta, function count({ payload, attempt }): string {
    log.info("counting");
    return `${payload.text.length} letters, attempt ${attempt}, ${isMainThread ? "on the loop" : "in a thread"}`;
  });

/** The handler of a job that takes many at once. */
export const countAll: Blocking<[run: { readonly items: readonly { readonly payload: string }[] }], void> = blocking(
  import.meta,
  function countAll({ items }): void {
    log.info({ letters: items.reduce((sum, { payload }) => sum + payload.length, 0) }, "counted_all");
  },
);

/** A handler that ends when its job is no longer wanted. */
export const countOn: Blocking<[run: { readonly payload?: undefined }], void> = blocking(
  import.meta,
  function countOn(_run: { readonly payload?: undefined }, signal: AbortSignal): void {
    while (!signal.aborted);
    signal.throwIfAborted();
  },
  { signal: true },
);
