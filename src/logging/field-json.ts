import { Secret } from "../contract/secret.ts";
import {
  isLive,
  mostCharacters,
  mostValues,
  objectJson,
  primitiveJson,
  propertyJson,
  readSafely,
  startWalk,
} from "./value-json.ts";

const cacheLimit = 10_000;

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
    for (const name of namesOf(fields)) {
      if (name === except) continue;
      const known = topName(name);
      const json = topFieldJson(fields, name, known);
      if (json !== undefined) result += known.open + json;
      if (result.length > mostCharacters) return `${result},"…":"[too much]"`;
    }
    return result;
  }

  function fields(source: object, each: (name: string, json: string) => void): void {
    const from = fieldsOf(source);
    for (const name of namesOf(from)) {
      const json = topFieldJson(from, name, topName(name));
      if (json !== undefined) each(name, json);
    }
  }

  function topFieldJson(source: object, name: string, { secret }: Name): string | undefined {
    const value = readSafely(source, name);
    // A walk is only needed where there is something to walk through.
    if (!secret && (typeof value !== "object" || value === null) && name !== "value") return primitiveJson(value);
    return propertyJson(source, name, secret, value, startWalk(isSecret, true));
  }

  function error(value: Error, stacks = true): string {
    return objectJson(value, startWalk(isSecret, stacks));
  }

  return { fields, text, open: (name) => topName(name).open, error };
}

/** The object whose properties are the fields: a value that is no record becomes the field `value`. */
function fieldsOf(source: unknown): object {
  // Untyped code may give anything.
  if (typeof source !== "object" || source === null) return { value: source };
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype === Object.prototype || prototype === null) return source;
  const whole = source instanceof Secret || isListLike(source) || isLive(source);
  const record = !whole && typeof readSafely(source, "toJSON") !== "function";
  return record ? source : { value: source };
}

function namesOf(fields: object): readonly string[] {
  const names = Object.keys(fields);
  return names.length > mostValues ? names.slice(0, mostValues) : names;
}

function isListLike(value: object): boolean {
  return Array.isArray(value) || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value);
}
