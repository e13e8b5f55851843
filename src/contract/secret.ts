import { inspect } from "node:util";
import { markAsUncloneable } from "node:worker_threads";

const mask = "***";

/**
 * A value that does not print: template strings, `JSON.stringify`, `util.inspect`, `console.log` and Kiln's own logs
 * show `***`. `reveal()` reads it. It does not cross to another thread.
 *
 * @example
 * ```ts
 * import { Secret } from "kilnjs";
 * const key = new Secret("s3cret");
 * console.log(`${key}`);        // ***
 * console.log(key.reveal());    // s3cret
 * ```
 */
export class Secret<T = string> {
  // A private field is invisible to inspection, structured clone and spreading, unlike any property.
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
    // A clone would be an empty object: a thread that gets a secret by mistake must fail, and not work without it.
    markAsUncloneable(this);
  }

  /** The value itself. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [Symbol.toPrimitive](): string {
    return mask;
  }

  // Not a method: with `isolatedDeclarations` only the names of global symbols may stand in a class.
  static {
    Object.defineProperty(Secret.prototype, inspect.custom, { value: () => mask });
  }
}
