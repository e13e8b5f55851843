import { Secret } from "../contract/secret.ts";
import { maskUrls } from "./url.ts";

const deepest = 12;
const longestText = 32_768;
const shortText = 100;
// What JSON writes with a backslash, and the colon that a URL has; most short text has none of them.
const escaped = /[^ !#-9;-[\]-~]/;
const mostValues = 2_000;
const mostCharacters = 262_144;
const cacheLimit = 10_000;
const mask = '"***"';

/** What one line has used of its limits, and the objects around the value being written. */
interface Walk {
  readonly path: object[];
  /** Whether errors are written with their stacks. */
  readonly stacks: boolean;
  values: number;
  characters: number;
}

/** How a field's name is written, and whether its value is a secret. */
interface Name {
  readonly open: string;
  readonly secret: boolean;
}

/** Turns any value into JSON without secrets, cycles, surprises or exceptions. */
export interface FieldJson {
  /** Calls `each` with the JSON of every field of an object that can be shown. */
  fields(source: object, each: (name: string, json: string) => void): void;
  /** The fields as `,"name":json` each; `except` is left out, and names that the line has itself get an underscore. */
  text(source: object, except?: string): string;
  /** `,"name":` as {@link FieldJson.text} writes it. */
  open(name: string): string;
  /** An error with its chain of causes, with or without the stacks. */
  error(error: Error, stacks?: boolean): string;
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

/**
 * Makes the writer of fields.
 *
 * @param isSecret tells by its name whether a field holds a secret
 * @param reserved names that the line has itself
 */
export function fieldJson(isSecret: (name: string) => boolean, reserved: ReadonlySet<string>): FieldJson {
  const topNames = new Map<string, Name>();

  function topName(name: string): Name {
    let known = topNames.get(name);
    if (known === undefined) {
      const open = `,${JSON.stringify(reserved.has(name) ? `${name}_` : name)}:`;
      known = { open, secret: isSecret(name) };
      if (topNames.size >= cacheLimit) topNames.clear();
      topNames.set(name, known);
    }
    return known;
  }

  function text(source: object, except?: string): string {
    let result = "";
    const fields = fieldsOf(source);
    for (const name of Object.keys(fields)) {
      if (name === except) continue;
      const known = topName(name);
      const json = topFieldJson(fields, name, known);
      if (json !== undefined) result += known.open + json;
    }
    return result;
  }

  function fields(source: object, each: (name: string, json: string) => void): void {
    const from = fieldsOf(source);
    for (const name of Object.keys(from)) {
      const json = topFieldJson(from, name, topName(name));
      if (json !== undefined) each(name, json);
    }
  }

  /** The object whose properties are the fields: a value that is no record becomes the field `value`. */
  function fieldsOf(source: object): object {
    const prototype: unknown = Object.getPrototypeOf(source);
    if (prototype === Object.prototype || prototype === null) return source;
    const record =
      !(source instanceof Secret) && !isListLike(source) && typeof readSafely(source, "toJSON") !== "function";
    return record ? source : { value: source };
  }

  function topFieldJson(source: object, name: string, { secret }: Name): string | undefined {
    const value = readSafely(source, name);
    // A walk is only needed where there is something to walk through.
    if (!secret && (typeof value !== "object" || value === null) && name !== "value") return primitiveJson(value);
    return propertyJson(source, name, secret, value, startWalk(true));
  }

  function valueJson(value: unknown, walk: Walk): string | undefined {
    if (typeof value === "object" && value !== null) return objectJson(value, walk);
    const json = primitiveJson(value);
    walk.characters += json === undefined ? 0 : json.length;
    return json;
  }

  function objectJson(value: object, walk: Walk): string {
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
    if (value instanceof Set) return arrayJson([...value], walk);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "null" : `"${value.toISOString()}"`;
    if (value instanceof URL) return textJson(value.href);
    if (value instanceof RegExp) return textJson(String(value));
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `"[${value.byteLength} bytes]"`;
    return convertedJson(value, walk);
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
    if (list.length === 2 && typeof first === "string" && isSecret(first)) {
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
    const named = [...map.keys()].every((key) => typeof key === "string");
    if (!named) return arrayJson([...map], walk);
    // Object.fromEntries defines properties, so a key such as __proto__ is nothing special.
    return recordJson(Object.fromEntries(map), walk);
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
    const json = propertyJson(source, name, isSecret(name), readSafely(source, name), walk);
    return json === undefined ? "" : `,${textJson(name)}:${json}`;
  }

  function propertyJson(source: object, name: string, secret: boolean, value: unknown, walk: Walk): string | undefined {
    if (secret || (name === "value" && namesSecret(source))) return masked(value);
    if (name === "rawHeaders" && Array.isArray(value)) return arrayJson(pairs(value), walk);
    return valueJson(value, walk);
  }

  /** Whether an object of the shape `{ name, value }` holds a secret. */
  function namesSecret(source: object): boolean {
    const name = readSafely(source, "name");
    const key = readSafely(source, "key");
    return (typeof name === "string" && isSecret(name)) || (typeof key === "string" && isSecret(key));
  }

  function errorJson(error: Error, walk: Walk): string {
    const name = readSafely(error, "name");
    const code = readSafely(error, "code");
    let text = `"type":${primitiveJson(typeof name === "string" && name !== "" ? name : "Error")}`;
    for (const part of walk.stacks ? ["message", "stack"] : ["message"]) {
      const value = readSafely(error, part);
      if (value !== undefined) text += `,"${part}":${valueJson(value, walk)}`;
    }
    if (code !== undefined) text += `,"code":${valueJson(code, walk) ?? "null"}`;
    for (const own of Object.keys(error)) if (!ofEveryError.has(own)) text += fieldText(error, own, walk);
    for (const inner of ["cause", "errors"]) {
      const value = readSafely(error, inner);
      if (value !== undefined) text += `,"${inner}":${valueJson(value, walk) ?? "null"}`;
    }
    return `{${text}}`;
  }

  function error(value: Error, stacks = true): string {
    return objectJson(value, startWalk(stacks));
  }

  return { fields, text, open: (name) => topName(name).open, error };
}

function startWalk(stacks: boolean): Walk {
  return { path: [], stacks, values: 0, characters: 0 };
}

const ofEveryError = new Set(["name", "message", "stack", "code", "cause", "errors"]);

function isListLike(value: object): boolean {
  return Array.isArray(value) || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value);
}

function pairs(list: readonly unknown[]): unknown[] {
  return list.flatMap((item, i) => (i % 2 === 0 ? [[item, list[i + 1]]] : []));
}

/** A secret's place: that something is there may be known, what it is may not. */
function masked(value: unknown): string | undefined {
  if (value === undefined || value === null || typeof value === "boolean") return primitiveJson(value);
  return mask;
}

function primitiveJson(value: unknown): string | undefined {
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
