import { z } from "zod";
import { isInteger } from "./schema-walk.ts";

type RawIssue = z.core.$ZodRawIssue;

const types: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  bigint: "an integer",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  map: "an object",
  array: "a list",
  tuple: "a list",
  set: "a list",
  date: "a date",
  null: "null",
};

/** How a type is called in messages, with its article. */
function typeName(expected: string): string {
  return types[expected] ?? expected;
}

const formats: Readonly<Record<string, string>> = {
  email: "an email address",
  url: "a URL",
  uuid: "a UUID",
  guid: "a UUID",
  datetime: "an ISO 8601 date and time",
  date: "an ISO 8601 date",
  time: "an ISO 8601 time",
  duration: "an ISO 8601 duration",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  cidrv4: "an IPv4 range",
  cidrv6: "an IPv6 range",
  base64: "base64",
  base64url: "base64url",
  e164: "a phone number in E.164 form",
  jwt: "a JSON Web Token",
  json_string: "JSON in a string",
  emoji: "an emoji",
};

/** A value of the schema's own, as a message shows it. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function plural(count: number | bigint, one: string, many: string): string {
  return `${count} ${Number(count) === 1 ? one : many}`;
}

function limit(value: number | bigint, origin: string): string {
  return origin === "date" ? new Date(Number(value)).toISOString() : String(value);
}

function sizeMessage(origin: string, bound: number | bigint, how: string, word: string): string {
  switch (origin) {
    case "string":
      return `Must have ${how} ${plural(bound, "character", "characters")}`;
    case "array":
    case "set":
    case "map":
      return `Must have ${how} ${plural(bound, "item", "items")}`;
    case "file":
      return `Must have ${how} ${plural(bound, "byte", "bytes")}`;
    default:
      return `Must be ${word} ${limit(bound, origin)}`;
  }
}

function formatMessage(issue: Extract<RawIssue, { code: "invalid_format" }>): string {
  // Zod adds what each format is made of, as its own messages use it.
  const parts = issue as { readonly prefix?: string; readonly suffix?: string; readonly includes?: string };
  switch (issue.format) {
    case "starts_with":
      return `Must start with ${shown(parts.prefix)}`;
    case "ends_with":
      return `Must end with ${shown(parts.suffix)}`;
    case "includes":
      return `Must contain ${shown(parts.includes)}`;
    case "regex":
    case "template_literal":
      return "Does not have the expected form";
    default:
      return `Must be ${formats[issue.format] ?? `a valid ${issue.format}`}`;
  }
}

/** Whether an issue is only that nothing is there. */
export function isMissing(issue: { readonly code?: string | undefined; readonly input?: unknown }): boolean {
  const about = issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union";
  return about && issue.input === undefined;
}

function choices(values: readonly unknown[]): string {
  return values.length === 1 ? `Must be ${shown(values[0])}` : `Must be one of ${values.map(shown).join(", ")}`;
}

/** The message Kiln gives an issue for which the schema's author gave none. */
export function plainMessage(issue: RawIssue): string | undefined {
  if (isMissing(issue)) return "Is missing";
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "never") return "Is not allowed";
      return `Must be ${typeName(issue.expected === "number" && isInteger(issue.inst) ? "int" : issue.expected)}`;
    case "too_small":
      if (issue.exact === true) return sizeMessage(issue.origin, issue.minimum, "exactly", "exactly");
      return sizeMessage(issue.origin, issue.minimum, "at least", issue.inclusive ? "at least" : "more than");
    case "too_big":
      if (issue.exact === true) return sizeMessage(issue.origin, issue.maximum, "exactly", "exactly");
      return sizeMessage(issue.origin, issue.maximum, "at most", issue.inclusive ? "at most" : "less than");
    case "invalid_format":
      return formatMessage(issue);
    case "not_multiple_of":
      return `Must be a multiple of ${issue.divisor}`;
    case "invalid_value":
      return choices(issue.values);
    case "invalid_key":
      return "Has a key that is not allowed";
    case "invalid_element":
      return "Has an item that is not allowed";
    case "invalid_union":
      if (issue.inclusive === false && issue.errors.length === 0) return "Fits more than one of the allowed forms";
      return "Fits none of the allowed forms";
    case "custom":
      return "Is not valid";
    default:
      return undefined;
  }
}

const probe = { code: "invalid_type", expected: "string", input: 1 } as const;
let probed: unknown;
let english = true;

/** Whether Zod still speaks English: another locale was chosen by the user and wins over Kiln's wording. */
function isEnglish(localeError: z.core.$ZodErrorMap | undefined): boolean {
  if (localeError === probed) return english;
  probed = localeError;
  const said = localeError?.(probe);
  const text = typeof said === "string" ? said : said?.message;
  english = text === undefined || text.startsWith("Invalid input");
  return english;
}

/** Kiln's wording as an error map of one parse. What the schemas say themselves goes before it. */
export function kilnMessages(issue: RawIssue): string | undefined {
  const { customError, localeError } = z.config();
  const custom = customError?.(issue);
  if (custom) return typeof custom === "string" ? custom : custom.message;
  return isEnglish(localeError) ? plainMessage(issue) : undefined;
}
