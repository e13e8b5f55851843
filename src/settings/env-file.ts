import { parseEnv } from "node:util";
import { atLine, type Problem } from "./problem.ts";

/** An assignment in a `.env` file. */
interface EnvEntry {
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What a `.env` file says. */
export interface EnvFile {
  readonly entries: ReadonlyMap<string, EnvEntry>;
  readonly problems: readonly Problem[];
}

const assignment = /^\s*(?:export\s+)?([^\s=#][^=]*?)\s*=[ \t]*(.*)$/;

/**
 * Reads a `.env` file. Node's `parseEnv` decides what each assignment means; this finds where each one stands, and
 * refuses the lines that `parseEnv` drops without a word.
 *
 * @param text the file
 * @param name the file's name, for problems
 */
export function parseEnvFile(text: string, name: string): EnvFile {
  const entries = new Map<string, EnvEntry>();
  const problems: Problem[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    const first = lines[index] ?? "";
    if (/^\s*(#|$)/.test(first)) continue;
    const match = assignment.exec(first);
    if (match?.[1] === undefined) {
      problems.push({ place: atLine(name, line), message: "is not of the form NAME=value" });
      continue;
    }
    const value = quoted(lines, index, match[2] ?? "");
    if (typeof value === "string") {
      problems.push({ place: `${match[1]} in ${atLine(name, line)}`, message: value });
      continue;
    }
    const source = lines.slice(index, value.last + 1).join("\n");
    for (const [key, parsed] of Object.entries(parseEnv(source))) entries.set(key, { value: parsed ?? "", line });
    index = value.last;
  }
  return { entries, problems };
}

/** The index of the line on which the value that starts on line `index` ends, or what is wrong with its quotes. */
function quoted(lines: readonly string[], index: number, rest: string): { readonly last: number } | string {
  const quote = rest[0];
  if (quote !== '"' && quote !== "'" && quote !== "`") return { last: index };
  let last = index;
  let end = rest.indexOf(quote, 1);
  let line = rest;
  while (end === -1) {
    last++;
    const next = lines[last];
    if (next === undefined) return `has a ${quote} that is never closed`;
    line = next;
    end = line.indexOf(quote);
  }
  // `parseEnv` drops what follows, so a value with its own quote in it would lose its end in silence.
  if (!/^\s*(#.*)?$/.test(line.slice(end + 1))) return `has text after the closing ${quote}`;
  return { last };
}
