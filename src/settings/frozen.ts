import { isPlainObject } from "./layout.ts";

/**
 * A copy whose objects and arrays cannot be changed, at any depth. Instances of classes (dates, secrets, decimals) stay
 * the same objects; what the caller passed in is never frozen under its hands.
 */
export function frozenCopy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy));
  if (!isPlainObject(value)) return value;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, frozenCopy(item)])));
}
