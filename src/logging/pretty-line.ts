import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const levelStyle: Readonly<Record<string, Style>> = {
  trace: "gray",
  debug: "blue",
  info: "green",
  warn: "yellow",
  error: "red",
  fatal: ["bgRed", "white"],
};

// Control characters, marks that turn the direction of text or have no width, and the line separators of Unicode.
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * Shows what a terminal would obey instead of print. A line feed in a value could forge a line of the log, and an escape
 * sequence could hide lines, retitle the window or, in some terminals, type a command for whoever reads the log.
 */
function visible(text: string): string {
  return text.replace(invisible, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16);
    return hex.length <= 2 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
  });
}

function shown(value: unknown): string {
  if (typeof value === "string" && /^[^\s"'=]+$/.test(value)) return visible(value);
  return visible(JSON.stringify(value));
}

function clockTime(iso: string): string {
  const time = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, "0");
  const seconds = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const shownApart = new Set(["type", "message", "stack", "cause", "errors"]);

/** The lines of an error and of all that led to it, each with its own indent so that none can pass for a line of the log. */
function errorLines(error: unknown, heading: string, indent: string, paint: Paint): string[] {
  if (!isRecord(error)) return [`${indent}${paint("red", heading)}${shown(error)}`];
  const stack = typeof error.stack === "string" ? error.stack : `${String(error.type)}: ${String(error.message)}`;
  const [first = "", ...frames] = stack.split("\n");
  const lines = [`${indent}${paint("red", heading + visible(first))}`];
  for (const frame of frames) lines.push(`${indent}  ${paint("gray", visible(frame.trim()))}`);
  const own = Object.entries(error).filter(([name]) => !shownApart.has(name));
  if (own.length > 0) lines.push(`${indent}  ${own.map(([name, value]) => pair(name, value, paint)).join(" ")}`);
  if (Array.isArray(error.errors)) {
    const { errors } = error;
    for (const [i, inner] of errors.entries()) {
      lines.push(...errorLines(inner, `${i + 1} of ${errors.length}: `, `${indent}  `, paint));
    }
  }
  if (error.cause !== undefined) lines.push(...errorLines(error.cause, "caused by: ", indent, paint));
  return lines;
}

function pair(name: string, value: unknown, paint: Paint): string {
  return `${paint("cyan", shown(name))}${paint("gray", "=")}${shown(value)}`;
}

/**
 * A line for people, out of one of JSON: the time of the day, level, message, `name=value`, and below it errors with
 * their stacks. Not by pino-pretty: a line feed in a message forges a line there, values keep the controls above 127 and
 * the marks that turn text, and fields with such names as `name` or `pid` are taken for something else.
 *
 * @param json a line of the format `json`: what is hidden there is hidden here
 * @param colour whether to colour it
 */
export function prettyLine(json: string, colour: boolean): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const parsed: unknown = JSON.parse(json);
  const { level, time, message, request_id, err, ...fields } = isRecord(parsed) ? parsed : {};
  const label = String(level);
  const words = [
    paint("gray", clockTime(String(time))),
    paint(levelStyle[label] ?? "gray", label.toUpperCase().padEnd(5)),
  ];
  if (typeof message === "string") words.push(paint("bold", visible(message)));
  for (const [name, value] of Object.entries(fields)) words.push(pair(name, value, paint));
  if (request_id !== undefined) words.push(paint("gray", `request_id=${shown(request_id)}`));
  const lines = [words.join(" ")];
  if (err !== undefined) lines.push(...errorLines(err, "", "    ", paint));
  return `${lines.join("\n")}\n`;
}
