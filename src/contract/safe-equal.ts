import { hash, timingSafeEqual } from "node:crypto";

/**
 * Compares a secret with what a client sent in a time that tells nothing of where they differ, nor of their lengths:
 * both are hashed first, so what is compared is always 32 bytes. Text is compared as UTF-8.
 *
 * @param a one value
 * @param b the other
 * @returns whether they are equal
 *
 * @example
 * ```ts
 * import { safeEqual } from "kilnjs";
 * export function isValidKey(sent: string, expected: string): boolean {
 *   return safeEqual(sent, expected);
 * }
 * ```
 */
export function safeEqual(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}
