import { Buffer, isUtf8 } from "node:buffer";

/** What a JSON text came to: the value, or why it is refused. */
export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: 400; readonly code: string; readonly message: string };

const byteOrderMark = 0xfeff;
const tooDeep = "The body has too many levels of lists and objects within each other";

/** Limits of {@link parseJson}. */
export interface JsonLimits {
  /** The most levels of lists and objects within each other; 64 unless given. */
  readonly depth?: number;
}

function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
}

function refuse(code: string, message: string): ParsedJson {
  return { ok: false, status: 400, code, message };
}

/** Thrown and caught in this file only. */
class Refusal {
  readonly code: string;
  readonly message: string;
  constructor(code: string, message: string) {
    this.code = code;
    this.message = message;
  }
}

/**
 * Walks a parsed value once.
 *
 * @returns how many keys all its objects have
 * @throws Refusal when it is too deep, holds a key that can change what objects inherit, or a number beyond doubles
 */
function walk(value: unknown, room: number): number {
  if (typeof value === "object" && value !== null) return walkObject(value, room);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Refusal("number_too_large", "The body has a number that is too large");
  }
  return 0;
}

function walkObject(value: object, room: number): number {
  if (room === 0) throw new Refusal("json_too_deep", tooDeep);
  let count = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) count += walk(value[i], room - 1);
    return count;
  }
  for (const key in value) {
    // What JSON.parse makes has no properties but its own.
    const item = (value as Record<string, unknown>)[key];
    if (key === "__proto__" || (key === "constructor" && hasPrototype(item))) {
      throw new Refusal("forbidden_key", `The body has the key ${JSON.stringify(key)}, which is not allowed`);
    }
    count += 1 + walk(item, room - 1);
  }
  return count;
}

function hasPrototype(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** Whether the quote at a position ends a string: an even number of backslashes stands before it. */
function isEnd(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === backslash) before -= 1;
  return (at - before) % 2 === 1;
}

/** Where a string that begins at a position ends. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1 && !isEnd(text, at)) at = text.indexOf('"', at + 1);
  return at;
}

/** How many keys stand in a text that is known to be JSON: strings with a colon after them. */
function countKeys(text: string): number {
  let keys = 0;
  let at = text.indexOf('"');
  while (at !== -1) {
    let next = endOfString(text, at) + 1;
    // Between a key and its colon there is white space at most, which is below the quote in code.
    while (text.charCodeAt(next) < quote) next += 1;
    if (text.charCodeAt(next) === colon) keys += 1;
    at = text.indexOf('"', next);
  }
  return keys;
}

/** How many colons stand in a text: one for each key, and those within strings. */
function countColons(text: string): number {
  let colons = 0;
  for (let at = text.indexOf(":"); at !== -1; at = text.indexOf(":", at + 1)) colons += 1;
  return colons;
}

/** Whether a text has more keys than its value, so that one of them occurs twice. Most have no colon but after keys. */
function hasMoreKeys(text: string, keys: number): boolean {
  return countColons(text) !== keys && countKeys(text) !== keys;
}

/**
 * Reads a JSON body. Beside what is no JSON it refuses what is read in different ways by different programs, or could
 * do harm further on: text that is not UTF-8, keys that occur twice in an object, `__proto__`, numbers beyond doubles,
 * and too many levels. A byte order mark in front is passed over, as RFC 8259 allows.
 *
 * @param bytes the body
 * @param limits how deep it may be
 * @returns the value, or a status, code and message for the client
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): ParsedJson {
  const text = textOf(bytes);
  // What is no UTF-8 decodes to this character, which may also have been sent as itself.
  if (text.includes("\ufffd") && !isUtf8(bytes)) return refuse("invalid_utf8", "The body is not valid UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Deep nesting overflows the stack of JSON.parse itself in some versions of V8.
    if (error instanceof RangeError) return refuse("json_too_deep", tooDeep);
    return refuse("invalid_json", text.trim() === "" ? "The body is empty" : "The body is not valid JSON");
  }
  try {
    const keys = walk(value, limits.depth ?? 64);
    if (hasMoreKeys(text, keys)) return refuse("duplicate_key", "The body has an object with the same key twice");
  } catch (refusal) {
    if (refusal instanceof Refusal) return refuse(refusal.code, refusal.message);
    throw refusal;
  }
  return { ok: true, value };
}
