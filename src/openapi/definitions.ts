import type { Io } from "./convert.ts";
import type { SchemaObject } from "./document-types.ts";
import { isRecord } from "./json.ts";

/*
 * Glossary. A *definition* is a schema that others refer to, once per direction: as what is sent (input) and as what is
 * answered (output). A *component* is what the document shows; two definitions that say the same become one component.
 */

/** A named or recursive schema in one direction. */
export interface Definition {
  /** Unique over both directions. */
  readonly key: string;
  readonly id: string;
  readonly io: Io;
  /** Undefined for a recursive schema without a name. */
  readonly name: string | undefined;
  readonly json: SchemaObject;
  /** The route that led here first, for messages. */
  where: string;
}

/** Definitions by key. */
export type Definitions = ReadonlyMap<string, Definition>;

const prefix = "#/$defs/";

/** The key of what a `$ref` of Zod's leads to. */
export function keyOf(ref: string, io: Io): string {
  const id = ref.slice(prefix.length).replace(/~1/g, "/").replace(/~0/g, "~");
  return `${io} ${id}`;
}

/** The `$ref` of a schema, when it is one of Zod's. */
export function refOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const { $ref } = value;
  return typeof $ref === "string" && $ref.startsWith(prefix) ? $ref : undefined;
}

/** Visits every definition that a schema leads to, itself excluded, each once over all calls with one `seen`. */
export function visitReferences(
  json: unknown,
  io: Io,
  definitions: Definitions,
  seen: Set<string>,
  visit: (found: Definition) => void,
): void {
  if (Array.isArray(json)) {
    for (const item of json) visitReferences(item, io, definitions, seen, visit);
    return;
  }
  if (!isRecord(json)) return;
  const ref = refOf(json);
  const found = ref === undefined ? undefined : definitions.get(keyOf(ref, io));
  if (found !== undefined && !seen.has(found.key)) {
    seen.add(found.key);
    visit(found);
    visitReferences(found.json, io, definitions, seen, visit);
  }
  for (const value of Object.values(json)) visitReferences(value, io, definitions, seen, visit);
}

interface Side {
  readonly json: unknown;
  readonly io: Io;
}

/** One comparison: pairs that are being compared count as equal, which is what ends it for recursive schemas. */
interface Comparison {
  readonly definitions: Definitions;
  readonly assumed: Set<string>;
}

function sameReference(left: string, right: string, comparison: Comparison): boolean {
  if (left === right) return true;
  const pair = `${left}\n${right}`;
  if (comparison.assumed.has(pair)) return true;
  comparison.assumed.add(pair);
  const [a, b] = [comparison.definitions.get(left), comparison.definitions.get(right)];
  return a !== undefined && b !== undefined && a.name === b.name && same(a, b, comparison);
}

function sameRecord(
  left: Record<string, unknown>,
  right: Record<string, unknown>,
  [leftIo, rightIo]: readonly [Io, Io],
  comparison: Comparison,
): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => {
    if (!Object.hasOwn(right, key)) return false;
    const [a, b] = [left[key], right[key]];
    if (typeof a === "string" && typeof b === "string" && a.startsWith(prefix) && b.startsWith(prefix)) {
      return sameReference(keyOf(a, leftIo), keyOf(b, rightIo), comparison);
    }
    return same({ json: a, io: leftIo }, { json: b, io: rightIo }, comparison);
  });
}

function same(left: Side, right: Side, comparison: Comparison): boolean {
  const [a, b] = [left.json, right.json];
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => same({ json: item, io: left.io }, { json: b[i], io: right.io }, comparison));
  }
  if (isRecord(a)) return isRecord(b) && sameRecord(a, b, [left.io, right.io], comparison);
  return a === b;
}

/** Tells whether two definitions say the same, through everything they refer to. */
export function sameDefinition(left: Definition, right: Definition, definitions: Definitions): boolean {
  return same(left, right, { definitions, assumed: new Set([`${left.key}\n${right.key}`]) });
}
