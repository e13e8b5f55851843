import { isoNow } from "./clock.ts";
import type { LineLevel } from "./logger.ts";
import { Pieces, TimedHead } from "./pieces.ts";
import { isLatestId } from "./request-id.ts";
import { type Fields, readSafely } from "./safe-value.ts";

/** The lines of one logger that are written in one piece. */
export interface PlainLines {
  /**
   * Writes a line.
   *
   * @param scope the part of the line that is the same for all of a logger, see `scopePart`
   * @param bound the names that stand in it
   * @returns the line with its line feed; undefined when something in it has to be looked at more closely
   */
  line(
    level: LineLevel,
    scope: string,
    bound: Readonly<Fields> | undefined,
    fields: object | undefined,
    message: string | undefined,
  ): string | undefined;
  /**
   * What both lines of a request say of it, as members of a line.
   *
   * @returns undefined when the request's lines have to be looked at more closely
   */
  requestMembers(method: string, path: string, route: string | undefined): string | undefined;
  /** What the last line of a request says of its answer, as members; undefined as above. */
  answerMembers(route: string | undefined, status: number, milliseconds: number): string | undefined;
  /** Writes a line of members that were made by the two above. */
  lineOf(level: LineLevel, scope: string, members: string, message: string): string;
  /** The id of a request and the bound fields as part of a line; undefined when the id is no plain text. */
  scopePart(requestId: string | undefined, bound: Readonly<Fields> | undefined): string | undefined;
}

const mostFields = 32;
const longestText = 4_096;
const mostNames = 10_000;
const requestNames = ["method", "path", "route", "status_code", "duration_ms"];
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Whether a text may have a URL with something to mask in it: a password stands before `@`, a parameter before `=`. */
function mayShowSecret(text: string): boolean {
  return text.includes("://") && (text.includes("@") || text.includes("="));
}

/** Whether a text stands in JSON as it is, is not long, and has nothing that has to be masked. */
function isPlain(text: string): boolean {
  return text.length <= longestText && plain.test(text) && !mayShowSecret(text);
}

function membersOf(fields: Readonly<Fields>): string {
  const text = JSON.stringify(fields);
  return text === "{}" ? "" : `,${text.slice(1, -1)}`;
}

/** A value as JSON; undefined when it is more than a short text, a number or a boolean. */
function plainValue(value: unknown): string | undefined {
  if (typeof value === "string") return isPlain(value) ? `"${value}"` : undefined;
  if (typeof value === "number" ? Number.isFinite(value) : typeof value === "boolean") return String(value);
  return undefined;
}

/**
 * Makes lines of a few short values, as nearly all are, in one piece. They are the same, byte for byte, as those that pino
 * makes after all values were copied to be free of secrets, cycles and getters; here there is nothing to copy.
 *
 * @param isSpecial tells by its name whether a field is masked or renamed
 * @param origin what stands on every line
 */
export function plainLines(isSpecial: (name: string) => boolean, origin: Readonly<Fields>): PlainLines {
  const everyLine = membersOf(origin);
  // The name of a field as it stands in a line; an empty text for one that is special.
  const names = new Map<string, string>();
  const heads: { [level in LineLevel]?: TimedHead } = {};

  function nameOf(name: string): string {
    let text = names.get(name);
    if (text === undefined) {
      text = isPlain(name) && !isSpecial(name) ? `,"${name}":` : "";
      // Names may come from outside; a stranger must not grow this without end.
      if (names.size >= mostNames) names.clear();
      names.set(name, text);
    }
    return text;
  }

  function headOf(level: LineLevel): string {
    heads[level] ??= new TimedHead(`{"level":"${level}","time":"`, `"${everyLine}`);
    return heads[level].textAt(isoNow());
  }

  const ends = new Pieces<string>();
  /** What ends a line; undefined when the message has to be looked at more closely. */
  function endOf(message: string): string | undefined {
    const found = ends.get(message, 0);
    if (found !== undefined || !isPlain(message)) return found;
    return ends.keep(message, 0, `,"message":"${message}"}\n`);
  }

  function plainFields(fields: object, bound: Readonly<Fields> | undefined): string | undefined {
    if (Object.getPrototypeOf(fields) !== Object.prototype) return;
    const entries = Object.keys(fields);
    if (entries.length > mostFields) return;
    let text = "";
    for (const name of entries) {
      const value = readSafely(fields, name);
      const named = nameOf(name);
      if (named === "" || (bound !== undefined && name in bound)) return;
      if (value === undefined) continue;
      const shown = plainValue(value);
      if (shown === undefined) return;
      text += named + shown;
    }
    return text;
  }

  const requests = new Pieces<string>();
  const answers = new Pieces<string | undefined>();
  const areRequestsPlain = requestNames.every((name) => nameOf(name) !== "");

  return {
    requestMembers: (method, path, route) => {
      // The path of a route that has no parameters is always the same.
      const found = path === route ? requests.get(path, method) : undefined;
      if (found !== undefined) return found;
      if (!areRequestsPlain || !isPlain(method) || !isPlain(path)) return;
      const text = `,"method":"${method}","path":"${path}"`;
      return path === route ? requests.keep(path, method, text) : text;
    },
    answerMembers: (route, status, milliseconds) => {
      if (!Number.isFinite(milliseconds)) return;
      let text = answers.get(route, status);
      if (text === undefined) {
        if (route !== undefined && !isPlain(route)) return;
        const named = route === undefined ? "" : `,"route":"${route}"`;
        text = answers.keep(route, status, `${named},"status_code":${status},"duration_ms":`);
      }
      return text + milliseconds;
    },
    lineOf: (level, scope, members, message) => headOf(level) + scope + members + endOf(message),
    line: (level, scope, bound, fields, message) => {
      const end = message === undefined ? "}\n" : endOf(message);
      const own = fields === undefined ? "" : plainFields(fields, bound);
      if (own === undefined || end === undefined) return;
      return headOf(level) + scope + own + end;
    },
    scopePart: (requestId, bound) => {
      if (requestId !== undefined && !isLatestId(requestId) && !isPlain(requestId)) return;
      const id = requestId === undefined ? "" : `,"request_id":"${requestId}"`;
      return bound === undefined ? id : id + membersOf(bound);
    },
  };
}
