import { z } from "zod";
import { isMissing, kilnMessages, plainMessage, shown } from "./issue-messages.ts";
import type { SchemaIssue } from "./outcome.ts";
import type { Context } from "./schema-node.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** The most issues of one value: a list of a million wrong items must not become an answer many times its size. */
const mostIssues = 100;

function wirePath(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === "number" ? step : String(step)));
}

function codeOf(issue: Issue): string {
  // Zod keeps members that it does not know, and Kiln's own schemas name their code in one.
  const own = (issue as { readonly kilnCode?: string }).kilnCode;
  if (own !== undefined) return own;
  if (isMissing(issue)) return "missing";
  if (issue.code === "invalid_type" && issue.expected === "int" && typeof issue.input === "number") return "int";
  const code: unknown = issue.code === "custom" ? issue.params?.code : undefined;
  return typeof code === "string" ? code : issue.code;
}

/** Whether the wording is a default one, so that more telling issues may take its place. */
function isWordedByDefault(issue: Issue): boolean {
  const raw = issue as z.core.$ZodRawIssue;
  const zods = z.config().localeError?.(raw);
  return issue.message === plainMessage(raw) || issue.message === (typeof zods === "string" ? zods : zods?.message);
}

function isAboutTheWhole(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

const mustBe = "Must be ";

/** "Must be a string or null" for a union of plain types. */
function typesWanted(branches: readonly (readonly Issue[])[]): string | undefined {
  const wanted = new Set<string>();
  for (const [issue, ...more] of branches) {
    if (issue === undefined || more.length > 0 || !isAboutTheWhole(issue) || !issue.message.startsWith(mustBe)) {
      return undefined;
    }
    wanted.add(issue.message.slice(mustBe.length));
  }
  const names = [...wanted];
  const last = names.pop();
  return names.length === 0 ? `${mustBe}${last}` : `${mustBe}${names.join(", ")} or ${last}`;
}

function unionIssues(issue: Extract<Issue, { code: "invalid_union" }>, path: Path): SchemaIssue[] {
  if (issue.input === undefined) return [{ path, code: "missing", message: issue.message }];
  if (!isWordedByDefault(issue)) return [{ path, code: issue.code, message: issue.message }];
  if (issue.discriminator !== undefined) return discriminatorIssues(issue, path);
  // Where the value has the outline of exactly one form, what that form lacks is what the sender needs to know.
  const close = issue.errors.filter((branch) => !branch.some(isAboutTheWhole));
  const only = close.length === 1 ? close[0] : undefined;
  if (only !== undefined) return only.flatMap((inner) => flatten(inner, path));
  return [{ path, code: issue.code, message: typesWanted(issue.errors) ?? issue.message }];
}

function discriminatorIssues(issue: Extract<Issue, { code: "invalid_union" }>, path: Path): SchemaIssue[] {
  const options = ("options" in issue ? issue.options : undefined) ?? [];
  const key = path.at(-1);
  const holder = issue.input;
  const given = typeof holder === "object" && holder !== null && key !== undefined ? Reflect.get(holder, key) : holder;
  if (given === undefined) return [{ path, code: "missing", message: "Is missing" }];
  return [{ path, code: "invalid_value", message: `Must be one of ${options.map(shown).join(", ")}` }];
}

function unknownKeys(issue: Extract<Issue, { code: "unrecognized_keys" }>, path: Path): SchemaIssue[] {
  const message = isWordedByDefault(issue) ? "Is not a known key" : issue.message;
  return issue.keys.slice(0, mostIssues).map((key) => ({ path: [...path, key], code: "unknown_key", message }));
}

function flatten(issue: Issue, before: Path): SchemaIssue[] {
  const path = [...before, ...wirePath(issue.path)];
  switch (issue.code) {
    case "unrecognized_keys":
      return unknownKeys(issue, path);
    case "invalid_union":
      return unionIssues(issue, path);
    case "invalid_key":
      return [{ path, code: issue.code, message: issue.issues[0]?.message ?? issue.message }];
    case "invalid_element":
      return issue.issues.flatMap((inner) => flatten(inner, path));
    default:
      return [{ path, code: codeOf(issue), message: issue.message }];
  }
}

/** Turns what Zod found into Kiln's issues, the first hundred of them. */
export function toIssues(raw: readonly z.core.$ZodRawIssue[], context: Context): SchemaIssue[] {
  return raw
    .slice(0, mostIssues)
    .flatMap((issue) => flatten(z.core.util.finalizeIssue(issue, context, z.config()), []))
    .slice(0, mostIssues);
}

/** A fresh context for one parse: Kiln's wording, and the input kept so that a missing value can be told from a wrong one. */
export function parseContext(async: boolean): Context {
  return { async, error: kilnMessages, reportInput: true };
}
