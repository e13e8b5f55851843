import { isAnyArrayBuffer, isArrayBufferView, isSharedArrayBuffer } from "node:util/types";
import { isMarkedAsUntransferable } from "node:worker_threads";

// Weak: a value that was marked and never sent is forgotten with it.
const marked = new WeakSet<object>();
// How many marks may still be out, so that a call without any looks for none.
let outstanding = 0;

/**
 * Says that a buffer goes over to the other thread instead of being copied: as an argument of a `blocking()` function, or
 * as (part of) its result. The side that gives it away is left with an empty one; so is every other view of the same
 * `ArrayBuffer`. What cannot move (a small `Buffer` out of Node's shared pool) is copied.
 *
 * @param value an `ArrayBuffer`, typed array, `DataView` or `Buffer`
 * @returns the same value
 *
 * @example
 * ```ts
 * import { blocking, move } from "kilnjs";
 * export const inverted = blocking(import.meta, function inverted(image: Uint8Array): Uint8Array {
 *   for (let i = 0; i < image.length; i++) image[i] = 255 - (image[i] ?? 0);
 *   return move(image);
 * });
 * const image = new Uint8Array(10_000_000);
 * if (import.meta.main) console.log((await inverted(move(image))).length, image.length); // 10000000 0
 * ```
 */
export function move<T extends ArrayBufferLike | ArrayBufferView<ArrayBufferLike>>(value: T): T {
  if (!marked.has(value)) {
    marked.add(value);
    outstanding += 1;
  }
  return value;
}

/** How deep below a value marked buffers are looked for. */
const deepest = 8;

/** The buffer of a value that was marked, which uses up the mark; undefined when it was not, or cannot move. */
function movedBuffer(value: ArrayBufferLike | ArrayBufferView): ArrayBuffer | undefined {
  if (!marked.delete(value)) return undefined;
  outstanding -= 1;
  const buffer = isAnyArrayBuffer(value) ? value : value.buffer;
  // Shared memory is shared as it is.
  return isSharedArrayBuffer(buffer) || isMarkedAsUntransferable(buffer) ? undefined : (buffer as ArrayBuffer);
}

/** Level by level, and each value once: a graph whose parts refer to each other has more paths than anybody could walk. */
function collect(values: unknown): Set<ArrayBuffer> {
  const found = new Set<ArrayBuffer>();
  const seen = new Set<object>();
  let level: unknown[] = [values];
  for (let depth = 0; depth <= deepest && outstanding > 0; depth++) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null || seen.has(value)) continue;
      seen.add(value);
      if (isAnyArrayBuffer(value) || isArrayBufferView(value)) {
        const buffer = movedBuffer(value);
        if (buffer !== undefined) found.add(buffer);
      } else if (value instanceof Map || value instanceof Set) for (const item of value.values()) next.push(item);
      else for (const item of Object.values(value)) next.push(item);
    }
    level = next;
  }
  return found;
}

const none: readonly ArrayBuffer[] = [];

/** The buffers in these values that {@link move} was called with; their marks are used up. */
export function takeMoved(values: unknown): readonly ArrayBuffer[] {
  if (outstanding === 0) return none;
  return [...collect(values)];
}
