import { parseDay, parseMoment } from "./iso.ts";
import type { Schema } from "./schema-node.ts";
import { definitionOf, isInteger } from "./schema-walk.ts";

/** What a text was meant to be: the value, or the type it is not. */
export type Reading = { readonly value: unknown } | { readonly expected: string };
export type TextReading = (text: string) => Reading;

const integerForm = /^[+-]?\d+$/;
// Written so that no text can be split in two ways, which keeps matching linear.
const numberForm = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

function readInteger(text: string): Reading {
  const value = integerForm.test(text) ? Number(text) : Number.NaN;
  // Adding nothing turns -0 into 0. Beyond the safe integers the text and the number may differ.
  return Number.isSafeInteger(value) ? { value: value + 0 } : { expected: "int" };
}

function readNumber(text: string): Reading {
  const value = numberForm.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { value } : { expected: "number" };
}

function readBigint(text: string): Reading {
  return integerForm.test(text) ? { value: BigInt(text.replace(/^\+/, "")) } : { expected: "bigint" };
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["true", "1", "yes", "on"].map((word) => [word, true] as const),
  ...["false", "0", "no", "off"].map((word) => [word, false] as const),
]);

function readBoolean(text: string): Reading {
  const value = text.length <= 5 ? booleans.get(text.toLowerCase()) : undefined;
  return value === undefined ? { expected: "boolean" } : { value };
}

function readDate(text: string): Reading {
  const value = parseMoment(text, "Z") ?? parseDay(text);
  return value === undefined ? { expected: "date" } : { value };
}

function readNull(text: string): Reading {
  return text === "" ? { value: null } : { expected: "null" };
}

/** One of fixed values: a text that names it, or the text itself for the schema to refuse in its own words. */
function readChoice(values: readonly unknown[]): TextReading {
  const choices = new Set(values);
  return (text) => {
    if (choices.has(text)) return { value: text };
    for (const read of [readNumber, readBoolean, readBigint, readNull]) {
      const reading = read(text);
      if ("value" in reading && choices.has(reading.value)) return reading;
    }
    return { value: text };
  };
}

/**
 * How a text is read as the type of a schema.
 *
 * @returns undefined for schemas that take the text as it is
 */
export function readingOf(schema: Schema): TextReading | undefined {
  const def = definitionOf(schema);
  // `z.coerce` converts by rules of its own, which its author asked for.
  if ("coerce" in def && def.coerce === true) return undefined;
  switch (def.type) {
    case "number":
      return isInteger(schema) ? readInteger : readNumber;
    case "boolean":
      return readBoolean;
    case "bigint":
      return readBigint;
    case "date":
      return readDate;
    case "null":
      return readNull;
    case "literal":
      return readChoice(def.values);
    case "enum":
      return readChoice([...(schema._zod.values ?? [])]);
    default:
      return undefined;
  }
}
