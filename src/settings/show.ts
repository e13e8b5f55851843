import { holdsSecret } from "./introspect.ts";

/** What stands in the place of a secret. */
export const mask = "***";

/**
 * A value as text for people, on one line: secrets and passwords inside URLs are masked.
 *
 * @param value what a schema gave
 * @param secret true when the setting is known to be secret
 */
export function shownValue(value: unknown, secret: boolean): string {
  if (value === undefined) return "";
  if (secret || holdsSecret(value)) return mask;
  return maskPasswords(asText(value)).replaceAll("\n", "\\n");
}

/** The text that reads back as this value, as far as there is one. */
export function asText(value: unknown): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  if (Array.isArray(value) && value.length > 0 && value.every(isPlainItem)) return value.join(",");
  if (value instanceof Set) return asText([...value]);
  if (typeof value !== "object" || value === null) return String(value);
  if (hasOwnText(value)) return String(value);
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
}

/** True for the members that a comma list can hold and give back. */
function isPlainItem(item: unknown): boolean {
  if (typeof item === "string") return item !== "" && item === item.trim() && !/[,[]/.test(item);
  return typeof item === "number" || typeof item === "boolean" || typeof item === "bigint";
}

/** Decimals, URLs and the like know their own text; plain objects and arrays do not. */
function hasOwnText(value: object): boolean {
  return !Array.isArray(value) && String(value) !== "[object Object]";
}

// A database URL carries its password, and people declare it as a plain text. Too much masked is better than too little.
function maskPasswords(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):\S*@/gi, `$1:${mask}@`)
    .replace(/([?&]password=)[^&\s]*/gi, `$1${mask}`);
}
