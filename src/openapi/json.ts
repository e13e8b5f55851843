/** Tells a JSON object from the other JSON values. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Leaves out the keys that are undefined, so that JSON and types agree on what is absent. */
export function present<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): T {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  // What remains has every key that T requires, as callers pass those with a value; the optional ones may be absent.
  return Object.fromEntries(kept) as T;
}
