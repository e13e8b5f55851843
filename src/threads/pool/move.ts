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

function collect(value: unknown, found: Set<ArrayBuffer>, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (isAnyArrayBuffer(value) || isArrayBufferView(value)) {
    if (!marked.delete(value)) return;
    outstanding -= 1;
    const buffer = isAnyArrayBuffer(value) ? value : value.buffer;
    // Shared memory is shared as it is.
    if (!isSharedArrayBuffer(buffer) && !isMarkedAsUntransferable(buffer)) found.add(buffer as ArrayBuffer);
    return;
  }
  if (depth === 0) return;
  const inner = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
  for (const item of inner) collect(item, found, depth - 1);
}

const none: readonly ArrayBuffer[] = [];

/** The buffers in these values that {@link move} was called with; their marks are used up. */
export function takeMoved(values: unknown): readonly ArrayBuffer[] {
  if (outstanding === 0) return none;
  const found = new Set<ArrayBuffer>();
  collect(values, found, deepest);
  return [...found];
}
