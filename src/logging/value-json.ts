import { EventEmitter } from "node:events";
import { Secret } from "../contract/secret.ts";
import { maskUrls } from "./url.ts";

const deepest = 12;
const longestText = 32_768;
const shortText = 100;
// What JSON writes with a backslash, and the colon that a URL has; most short text has none of them.
const escaped = /[^ !#-9;-[\]-~]/;
const mask = '"***"';
const ofEveryError = new Set(["name", "message", "stack", "code", "cause", "errors"]);

/** Values that one line shows at most. */
export const mostValues = 2_000;
/** Characters of JSON after which a line shows no further values. */
export const mostCharacters = 262_144;

/** What one line has used of its limits, and the objects around the value being written. */
export interface Walk {
  readonly isSecret: (name: string) => boolean;
  /** Whether errors are written with their stacks. */
  readonly stacks: boolean;
  readonly path: object[];
  values: number;
  characters: number;
}

/** Begins a line. */
export function startWalk(isSecret: (name: string) => boolean, stacks: boolean): Walk {
  return { isSecret, stacks, path: [], values: 0, characters: 0 };
}

/** Text as JSON: cut when it is very long, passwords and secret parameters of URLs in it masked. */
export function textJson(text: string): string {
  if (text.length < shortText && !escaped.test(text)) return `"${text}"`;
  const cut = text.length > longestText ? `${text.slice(0, longestText)}… (${text.length} characters)` : text;
  return JSON.stringify(cut.includes("://") ? maskUrls(cut) : cut);
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

/** A value that is no object as JSON; undefined for what JSON has no form for. */
export function primitiveJson(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return textJson(value);
    case "number":
      return Number.isFinite(value) ? String(value) : "null";
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return `"${value}"`;
    case "object":
      return "null";
    default:
      return undefined;
  }
}

/** Any value as JSON; undefined for what JSON has no form for. */
function valueJson(value: unknown, walk: Walk): string | undefined {
  if (typeof value === "object" && value !== null) return objectJson(value, walk);
  const json = primitiveJson(value);
  walk.characters += json === undefined ? 0 : json.length;
  return json;
}

/** An object as JSON. */
export function objectJson(value: object, walk: Walk): string {
  walk.values += 1;
  if (walk.path.includes(value)) return '"[circular]"';
  if (walk.path.length >= deepest) return '"[too deep]"';
  if (walk.values > mostValues || walk.characters > mostCharacters) return '"[too much]"';
  walk.path.push(value);
  try {
    return knownJson(value, walk) ?? recordJson(value, walk);
  } catch {
    // A trap, a getter of a prototype or a toJSON of someone else's threw.
    return '"[unreadable]"';
  } finally {
    walk.path.pop();
  }
}

function knownJson(value: object, walk: Walk): string | undefined {
  if (Array.isArray(value)) return arrayJson(value, walk);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return undefined;
  if (value instanceof Secret) return mask;
  if (value instanceof Error) return errorJson(value, walk);
  if (value instanceof Map) return mapJson(value, walk);
  if (value instanceof Set) return arrayJson([...value.values().take(mostValues)], walk);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "null" : `"${value.toISOString()}"`;
  if (value instanceof URL) return textJson(value.href);
  if (value instanceof RegExp) return textJson(String(value));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `"[${value.byteLength} bytes]"`;
  return convertedJson(value, walk) ?? (isLive(value) ? textJson(`[${className(value)}]`) : undefined);
}

/** Sockets, requests, pools: endless inside, and raw headers are among what they hold. They are named, not shown. */
export function isLive(value: object): boolean {
  return value instanceof EventEmitter;
}

function className(value: object): string {
  const maker = readSafely(value, "constructor");
  return typeof maker === "function" ? maker.name : "object";
}

/** Classes say with `toJSON` what they are; a plain object's own one is ignored, since it could show what names hide. */
function convertedJson(value: object, walk: Walk): string | undefined {
  const convert = readSafely(value, "toJSON");
  if (typeof convert !== "function" || Object.hasOwn(value, "toJSON")) return undefined;
  const result: unknown = convert.call(value);
  if (typeof result !== "object" || result === null) return primitiveJson(result) ?? "null";
  if (result === value) return undefined;
  return objectJson(result, walk);
}

function arrayJson(list: readonly unknown[], walk: Walk): string {
  const [first, second] = list;
  // A pair of a name and a value, as entries and header lists have them.
  if (list.length === 2 && typeof first === "string" && walk.isSecret(first)) {
    return `[${textJson(first)},${masked(second) ?? "null"}]`;
  }
  let text = "";
  for (const item of list) {
    if (walk.values > mostValues || walk.characters > mostCharacters) {
      text += `,"[${list.length} in all]"`;
      break;
    }
    walk.values += 1;
    text += `,${valueJson(item, walk) ?? "null"}`;
  }
  return `[${text.slice(1)}]`;
}

function mapJson(map: ReadonlyMap<unknown, unknown>, walk: Walk): string {
  const entries = [...map.entries().take(mostValues)];
  if (!entries.every(([key]) => typeof key === "string")) return arrayJson(entries, walk);
  // Object.fromEntries defines properties, so a key such as __proto__ is nothing special.
  return recordJson(Object.fromEntries(entries), walk);
}

function recordJson(source: object, walk: Walk): string {
  let text = "";
  for (const name of Object.keys(source)) {
    if (walk.values > mostValues || walk.characters > mostCharacters) {
      text += ',"…":"[too much]"';
      break;
    }
    walk.values += 1;
    walk.characters += name.length;
    text += fieldText(source, name, walk);
  }
  return `{${text.slice(1)}}`;
}

function fieldText(source: object, name: string, walk: Walk): string {
  const json = propertyJson(source, name, walk.isSecret(name), readSafely(source, name), walk);
  return json === undefined ? "" : `,${textJson(name)}:${json}`;
}

/** The value of a property as JSON, `***` where its name or its neighbour says that it is a secret. */
export function propertyJson(
  source: object,
  name: string,
  secret: boolean,
  value: unknown,
  walk: Walk,
): string | undefined {
  if (secret || (name === "value" && namesSecret(source, walk))) return masked(value);
  if (name === "rawHeaders" && Array.isArray(value)) return arrayJson(pairs(value), walk);
  return valueJson(value, walk);
}

/** Whether an object of the shape `{ name, value }` holds a secret. */
function namesSecret(source: object, walk: Walk): boolean {
  const name = readSafely(source, "name");
  const key = readSafely(source, "key");
  return (typeof name === "string" && walk.isSecret(name)) || (typeof key === "string" && walk.isSecret(key));
}

function errorJson(error: Error, walk: Walk): string {
  const name = readSafely(error, "name");
  const code = readSafely(error, "code");
  let text = `"type":${primitiveJson(typeof name === "string" && name !== "" ? name : "Error")}`;
  for (const part of walk.stacks ? ["message", "stack"] : ["message"]) {
    const value = readSafely(error, part);
    if (value !== undefined) text += `,"${part}":${valueJson(value, walk) ?? "null"}`;
  }
  if (code !== undefined) text += `,"code":${valueJson(code, walk) ?? "null"}`;
  for (const own of Object.keys(error)) if (!ofEveryError.has(own)) text += fieldText(error, own, walk);
  for (const inner of ["cause", "errors"]) {
    const value = readSafely(error, inner);
    if (value !== undefined) text += `,"${inner}":${valueJson(value, walk) ?? "null"}`;
  }
  return `{${text}}`;
}

function pairs(list: readonly unknown[]): unknown[] {
  return list.flatMap((item, i) => (i % 2 === 0 ? [[item, list[i + 1]]] : []));
}

/** A secret's place: that something is there may be known, what it is may not. */
function masked(value: unknown): string | undefined {
  if (value === undefined || value === null || typeof value === "boolean") return primitiveJson(value);
  return mask;
}
