/** More than that is not looked at one by one. */
const most = 32;

function isSimple(value: unknown): boolean {
  return (typeof value !== "object" || value === null) && typeof value !== "function" && typeof value !== "symbol";
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/**
 * Whether a value is text, a number and the like, or a small plain object or list of such. Most arguments and results are,
 * and then nothing needs to be walked or cloned to know that they can cross.
 */
export function isFlat(value: unknown): boolean {
  if (isSimple(value)) return true;
  if (typeof value !== "object" || value === null || !isPlain(value)) return false;
  // Without a list of the parts: this is done for every argument of every call.
  let left = most;
  for (const key in value) if (--left < 0 || !isSimple(Reflect.get(value, key))) return false;
  return true;
}

/** A copy of a value that {@link isFlat}. */
export function flatCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? value.slice() : { ...value };
}
