import { EventEmitter } from "node:events";
import { Secret } from "../contract/secret.ts";
import { maskUrls } from "./url.ts";

const deepest = 12;
const longestText = 32_768;
const mostValues = 2_000;
const mostCharacters = 262_144;
const mask = "***";
const tooMuch = "[too much]";
const ofEveryError = new Set(["name", "message", "stack", "code", "cause", "errors"]);

/** What has been used of the limits of one line, and the objects around the value that is looked at. */
interface Walk {
  readonly isSecret: (name: string) => boolean;
  /** Whether errors come with their stacks. */
  readonly stacks: boolean;
  readonly path: object[];
  values: number;
  characters: number;
}

/** Fields that pino can write as they are: plain data without secrets, cycles or getters. */
export type Fields = Record<string, unknown>;

// Set on an object, this name would be obeyed instead of stored.
export const obeyed: ReadonlySet<string> = new Set(["__proto__"]);

/**
 * Adds safe copies of an object's fields. What is no record is the one field `value`.
 *
 * @param isSecret tells by its name whether a field holds a secret
 * @param reserved names that get an underscore
 */
export function addSafely(
  target: Fields,
  source: object,
  isSecret: (name: string) => boolean,
  reserved: ReadonlySet<string> = obeyed,
): void {
  const walk: Walk = { isSecret, stacks: true, path: [], values: 0, characters: 0 };
  copyProperties(target, fieldsOf(source), walk, reserved);
}

/**
 * An error with its chain of causes, as plain data.
 *
 * The serializers of pino do not suffice: they write to the error, so that a frozen one throws, lose causes that are no
 * errors, know no limit, and see an error only where it is the field `err`.
 */
export function safeError(error: Error, isSecret: (name: string) => boolean, stacks: boolean): unknown {
  return safeValue(error, { isSecret, stacks, path: [], values: 0, characters: 0 });
}

/** Text that may be written: cut when it is very long, passwords and secret parameters of URLs in it masked. */
export function safeText(text: string): string {
  const cut = text.length > longestText ? `${text.slice(0, longestText)}… (${text.length} characters)` : text;
  return cut.includes("://") ? maskUrls(cut) : cut;
}

/** Reads a property; a getter or trap that throws reads as a remark. */
export function readSafely(source: object, name: string): unknown {
  try {
    // Reading any property of any object is sound as long as the result is taken as unknown.
    return (source as Readonly<Record<string, unknown>>)[name];
  } catch {
    return "[unreadable]";
  }
}

/** The object whose properties are the fields. */
function fieldsOf(source: unknown): object {
  // Untyped code may give anything.
  if (typeof source !== "object" || source === null) return { value: source };
  if (isPlain(source)) return source;
  const whole = source instanceof Secret || isListLike(source) || isLive(source);
  return whole || typeof readSafely(source, "toJSON") === "function" ? { value: source } : source;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isListLike(value: object): boolean {
  return Array.isArray(value) || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value);
}

/** Sockets, requests, pools: endless inside, and raw headers are among what they hold. They are named, not shown. */
function isLive(value: object): boolean {
  return value instanceof EventEmitter;
}

function isFull(walk: Walk): boolean {
  return walk.values > mostValues || walk.characters > mostCharacters;
}

function safeValue(value: unknown, walk: Walk): unknown {
  walk.values += 1;
  switch (typeof value) {
    case "object":
      return value === null ? null : safeObject(value, walk);
    case "string":
      walk.characters += Math.min(value.length, longestText);
      return safeText(value);
    case "bigint":
      return String(value);
    case "number":
    case "boolean":
      return value;
    default:
      // A function that stayed would be called if it was named toJSON.
      return undefined;
  }
}

function safeObject(value: object, walk: Walk): unknown {
  if (walk.path.includes(value)) return "[circular]";
  if (walk.path.length >= deepest) return "[too deep]";
  if (isFull(walk)) return tooMuch;
  walk.path.push(value);
  try {
    return safeKind(value, walk);
  } catch {
    // A trap, a getter of a prototype or a toJSON of someone else's threw.
    return "[unreadable]";
  } finally {
    walk.path.pop();
  }
}

function safeKind(value: object, walk: Walk): unknown {
  if (Array.isArray(value)) return safeList(value, walk);
  if (isPlain(value)) return safeRecord(value, walk);
  if (value instanceof Secret) return mask;
  if (value instanceof Error) return safeErrorParts(value, walk);
  if (value instanceof Map) return safeMap(value, walk);
  if (value instanceof Set) return safeList([...value.values().take(mostValues)], walk);
  if (value instanceof Date) return new Date(value.getTime()).toJSON();
  if (value instanceof URL || value instanceof RegExp) return safeText(String(value));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  const said = converted(value);
  if (said !== value) return safeValue(said, walk);
  return isLive(value) ? `[${value.constructor.name}]` : safeRecord(value, walk);
}

/** Classes say with `toJSON` what they are; a plain object's own one is ignored, since it could show what names hide. */
function converted(value: object): unknown {
  const convert = readSafely(value, "toJSON");
  return typeof convert === "function" && !Object.hasOwn(value, "toJSON") ? convert.call(value) : value;
}

function safeList(list: readonly unknown[], walk: Walk): unknown[] {
  const [first, second] = list;
  // A pair of a name and a value, as entries and header lists have them.
  if (list.length === 2 && typeof first === "string" && walk.isSecret(first)) return [safeText(first), masked(second)];
  const safe: unknown[] = [];
  for (const item of list) {
    if (isFull(walk)) {
      safe.push(`[${list.length} in all]`);
      break;
    }
    safe.push(safeValue(item, walk));
  }
  return safe;
}

function safeMap(map: ReadonlyMap<unknown, unknown>, walk: Walk): unknown {
  const entries = [...map.entries().take(mostValues)];
  const named = entries.every(([key]) => typeof key === "string");
  return named ? safeRecord(Object.fromEntries(entries), walk) : safeList(entries, walk);
}

function safeRecord(source: object, walk: Walk): Fields {
  const safe: Fields = {};
  copyProperties(safe, source, walk, obeyed);
  return safe;
}

function copyProperties(target: Fields, source: object, walk: Walk, reserved: ReadonlySet<string>): void {
  for (const name of Object.keys(source)) {
    if (isFull(walk)) {
      target["…"] = tooMuch;
      return;
    }
    walk.characters += name.length;
    target[reserved.has(name) ? `${name}_` : safeText(name)] = safeProperty(source, name, walk);
  }
}

/** The value of a property, `***` where its name or its neighbour says that it is a secret. */
function safeProperty(source: object, name: string, walk: Walk): unknown {
  const value = readSafely(source, name);
  if (walk.isSecret(name) || (name === "value" && namesSecret(source, walk))) return masked(value);
  return safeValue(name === "rawHeaders" && Array.isArray(value) ? pairs(value) : value, walk);
}

/** Whether an object of the shape `{ name, value }` or `{ key, value }` holds a secret. */
function namesSecret(source: object, walk: Walk): boolean {
  return ["name", "key"].some((part) => {
    const name = readSafely(source, part);
    return typeof name === "string" && walk.isSecret(name);
  });
}

function safeErrorParts(error: Error, walk: Walk): unknown {
  const name = readSafely(error, "name");
  const type = typeof name === "string" && name !== "" ? safeText(name) : "Error";
  const own = Object.keys(error).filter((each) => !ofEveryError.has(each));
  const parts = ["message", ...(walk.stacks ? ["stack"] : []), "code", ...own, "cause", "errors"];
  return Object.fromEntries([
    ["type", type],
    ...parts.map((part) => [safeText(part), safeProperty(error, part, walk)]),
  ]);
}

function pairs(list: readonly unknown[]): unknown[] {
  return list.flatMap((item, i) => (i % 2 === 0 ? [[item, list[i + 1]]] : []));
}

/** A secret's place: that something is there may be known, what it is may not. */
function masked(value: unknown): unknown {
  return value === undefined || value === null || typeof value === "boolean" ? value : mask;
}
