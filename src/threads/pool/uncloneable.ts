import { isPromise, isProxy, isWeakMap, isWeakSet } from "node:util/types";
import { Secret } from "../../contract/secret.ts";

/** Where in a value something stands that cannot cross, and what it is. */
export interface Obstacle {
  readonly path: string;
  readonly what: string;
}

function kindOf(value: unknown): string | undefined {
  if (typeof value === "function") return value.name === "" ? "a function" : `a function (${value.name})`;
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null) return undefined;
  if (value instanceof Secret) return "a Secret";
  if (isPromise(value)) return "a promise";
  if (isProxy(value)) return "a proxy";
  if (isWeakMap(value) || isWeakSet(value) || value instanceof WeakRef) return "a weak collection";
  return undefined;
}

function step(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function* parts(value: object, path: string): Generator<readonly [unknown, string]> {
  if (value instanceof Map) {
    for (const [key, item] of value) {
      yield [key, `${path} (a key)`];
      yield [item, `${path}.get(${typeof key === "string" ? JSON.stringify(key) : String(key)})`];
    }
  } else if (value instanceof Set) for (const item of value) yield [item, `${path} (a member)`];
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield [item, `${path}[${i}]`];
  else if (!ArrayBuffer.isView(value)) {
    for (const key of Object.keys(value)) yield [Reflect.get(value, key), `${path}${step(key)}`];
  }
}

function canClone(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Looks for what the structured clone algorithm refuses.
 *
 * @param value where to look
 * @param path how messages call it, for example `args`
 * @param budget how many values to look at before giving up; a clone may still fail then
 * @param exact whether to try what no rule explains, which costs a clone for each level
 */
export function findObstacle(value: unknown, path: string, budget: number, exact: boolean): Obstacle | undefined {
  const seen = new Set<object>();
  let left = budget;
  const look = (item: unknown, at: string): Obstacle | undefined => {
    left -= 1;
    if (left < 0) return undefined;
    const what = kindOf(item);
    if (what !== undefined) return { path: at, what };
    if (typeof item !== "object" || item === null || seen.has(item)) return undefined;
    seen.add(item);
    for (const [part, where] of parts(item, at)) {
      const found = look(part, where);
      if (found !== undefined) return found;
    }
    if (exact && !canClone(item)) return { path: at, what: `a ${item.constructor?.name ?? "value"}` };
    return undefined;
  };
  return look(value, path);
}
