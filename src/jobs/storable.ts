/*
 * What PostgreSQL does not keep in JSON: the character U+0000, and halves of surrogate pairs. A statement that has one
 * fails, today and with every other try.
 */

// An even number of backslashes before it is text that looks like one. Whole pairs are escaped by nobody here.
const refusedEscape = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/**
 * Whether PostgreSQL can keep a value.
 *
 * @param json the value as JSON
 */
export function isStorable(json: string): boolean {
  return json.isWellFormed() && !(json.includes("\\u") && refusedEscape.test(json));
}

/** The same text with a replacement character for each that cannot be kept, and no longer than `most` characters. */
export function storableText(text: string, most: number): string {
  const short = text.length > most ? `${text.slice(0, most)}…` : text;
  return short.replaceAll("\0", "\uFFFD").toWellFormed();
}
