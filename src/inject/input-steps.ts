import { z } from "zod";
import { compileDecoder } from "../contract/decode.ts";
import { type HttpErrorClass, httpError } from "../contract/http-error.ts";
import { parseJson } from "../contract/json-text.ts";
import { isObjectSchema } from "../contract/object-keys.ts";
import type { Outcome } from "../contract/outcome.ts";
import type { InputSource } from "../contract/provider.ts";
import { compileTextReader } from "../contract/text.ts";
import { compileTextObjectReader } from "../contract/text-object.ts";
import { type InputIssue, ValidationError } from "../contract/validation-error.ts";
import type { InputNode } from "./graph.ts";
import type { RequestScope } from "./scope.ts";
import type { Step } from "./steps.ts";

/** Body sent as something else than JSON. */
export const UnsupportedMediaType: HttpErrorClass = httpError(
  415,
  "unsupported_media_type",
  "The body's content type is not one this route reads",
);

/** Reads some inputs into their slots; adds what is wrong with them to `issues`. */
export type InputCheck = (scope: RequestScope, issues: InputIssue[]) => void | Promise<void>;

type TextSource = Exclude<InputSource, "body" | "rawBody">;

/** Tells whether an input needs the body to have been read. */
export function readsBody(node: InputNode): boolean {
  return node.definition.source === "body" || node.definition.source === "rawBody";
}

function take(scope: RequestScope, slot: number, source: InputSource, outcome: Outcome, issues: InputIssue[]): void {
  if (outcome.ok) scope.values[slot] = outcome.value;
  else for (const issue of outcome.issues) issues.push({ in: source, ...issue });
}

function settle(
  scope: RequestScope,
  slot: number,
  source: InputSource,
  outcome: Outcome | Promise<Outcome>,
  issues: InputIssue[],
): void | Promise<void> {
  if (!(outcome instanceof Promise)) return take(scope, slot, source, outcome, issues);
  return outcome.then((settled) => take(scope, slot, source, settled, issues));
}

type TextValue = string | readonly string[] | undefined;
type TextValues = Readonly<Record<string, TextValue>>;

function textValues(source: TextSource, scope: RequestScope): TextValues {
  switch (source) {
    case "path":
      return scope.params;
    case "query":
      return scope.query;
    case "header":
      return scope.head.headers;
    case "cookie":
      return scope.head.cookies;
    default:
      return source satisfies never;
  }
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function compileText(node: InputNode, source: TextSource): InputCheck {
  const { slot, name, definition: found } = node;
  const schema = found.schema ?? z.string();
  // A header that is sent twice arrives as one text with commas, so that is how its lists are written.
  const list = source === "query" ? "repeat" : "single";
  if (found.name === undefined && isObjectSchema(schema)) {
    const readAll = compileTextObjectReader(schema, source === "header" ? { wireName: kebab, list } : { list });
    return (scope, issues) => settle(scope, slot, source, readAll(textValues(source, scope)), issues);
  }
  const key = source === "header" ? name.toLowerCase() : name;
  const readOne = compileTextReader(schema, { name: key, list });
  // Node's headers and Fastify's parameters inherit from Object: a name such as "constructor" must not read that.
  if (key in Object.prototype) {
    return (scope, issues) => {
      const values = textValues(source, scope);
      return settle(scope, slot, source, readOne(Object.hasOwn(values, key) ? values[key] : undefined), issues);
    };
  }
  return (scope, issues) => settle(scope, slot, source, readOne(textValues(source, scope)[key]), issues);
}

const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** The parsed body, or undefined when there is none. Throws the 400 or 415 that it deserves. */
function jsonBody(scope: RequestScope): unknown {
  const { body, contentType } = scope;
  if (body === undefined || body.length === 0) return undefined;
  // A body without a type is refused as well: guessing is how bodies get past validation.
  if (contentType === undefined || (contentType !== "application/json" && !jsonType.test(contentType))) {
    const sent = contentType === undefined ? "no content type" : `"${contentType.slice(0, 100)}"`;
    throw new UnsupportedMediaType(`The body came with ${sent}; send application/json in UTF-8`, {
      headers: { "accept-post": "application/json" },
    });
  }
  const parsed = parseJson(body);
  if (!parsed.ok) throw new (httpError(parsed.status, parsed.code, "The body cannot be read as JSON"))(parsed.message);
  return parsed.value;
}

function compileBody(nodes: readonly InputNode[]): InputCheck {
  const readers = nodes.map((node) => ({
    slot: node.slot,
    name: node.name,
    decode: compileDecoder(node.definition.schema ?? z.unknown()),
  }));
  return (scope, issues) => {
    const value = jsonBody(scope);
    const pending: Promise<void>[] = [];
    for (const reader of readers) {
      const wait = readBody(scope, reader, value, issues);
      if (wait !== undefined) pending.push(wait);
    }
    if (pending.length > 0) return Promise.all(pending).then(() => undefined);
  };
}

interface BodyReader {
  readonly slot: number;
  readonly name: string;
  readonly decode: (wire: unknown) => Outcome | Promise<Outcome>;
}

function readBody(scope: RequestScope, reader: BodyReader, value: unknown, issues: InputIssue[]): void | Promise<void> {
  if (reader.name === "") return settle(scope, reader.slot, "body", reader.decode(value), issues);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (value !== undefined && !isObject) {
    issues.push({ in: "body", path: [], code: "invalid_type", message: "Must be an object" });
    return;
  }
  // Only own properties: a body must not reach what its object inherits.
  const part =
    isObject && Object.hasOwn(value, reader.name) ? (value as Record<string, unknown>)[reader.name] : undefined;
  const under = (outcome: Outcome): Outcome =>
    outcome.ok
      ? outcome
      : { ok: false, issues: outcome.issues.map((issue) => ({ ...issue, path: [reader.name, ...issue.path] })) };
  const outcome = reader.decode(part);
  return settle(scope, reader.slot, "body", outcome instanceof Promise ? outcome.then(under) : under(outcome), issues);
}

function compileRawBody(node: InputNode): InputCheck {
  return (scope) => {
    scope.values[node.slot] = scope.body ?? new Uint8Array();
  };
}

/** Composes the reading of these inputs; every one is read, whatever the others hold. */
function compileInputs(nodes: readonly InputNode[]): InputCheck {
  const checks: InputCheck[] = [];
  const bodies: InputNode[] = [];
  for (const node of nodes) {
    const { source } = node.definition;
    if (source === "body") bodies.push(node);
    else if (source === "rawBody") checks.push(compileRawBody(node));
    else checks.push(compileText(node, source));
  }
  if (bodies.length > 0) checks.push(compileBody(bodies));
  return (scope, issues) => {
    let pending: Promise<void>[] | undefined;
    try {
      for (const check of checks) {
        const wait = check(scope, issues);
        if (wait !== undefined) pending = [...(pending ?? []), wait];
      }
    } catch (error) {
      // The request ends with this one; what the others still find is nobody's, and must not end the process.
      for (const wait of pending ?? []) wait.catch(() => undefined);
      throw error;
    }
    if (pending !== undefined) return Promise.all(pending).then(() => undefined);
  };
}

/**
 * The step that validates inputs and throws one {@link ValidationError} for all their problems.
 *
 * @param nodes the inputs to read
 * @param more read as well when one of `nodes` fails, so that the report is as full as it can be at that point
 */
export function inputStep(nodes: readonly InputNode[], more: readonly InputNode[] = []): Step | undefined {
  if (nodes.length === 0) return undefined;
  const check = compileInputs(nodes);
  const checkMore = compileInputs(more);
  return (scope) => {
    const issues: InputIssue[] = [];
    const pending = check(scope, issues);
    if (pending !== undefined) return pending.then(() => refuse(scope, issues, checkMore));
    if (issues.length > 0) return refuse(scope, issues, checkMore);
  };
}

async function refuse(scope: RequestScope, issues: InputIssue[], checkMore: InputCheck): Promise<void> {
  if (issues.length === 0) return;
  await checkMore(scope, issues);
  throw new ValidationError(issues);
}
