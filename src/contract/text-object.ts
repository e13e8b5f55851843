import type { z } from "zod";
import { baseOf } from "./base.ts";
import { objectsIn } from "./object-keys.ts";
import { type Outcome, type SchemaIssue, whenDone } from "./outcome.ts";
import { compileRun } from "./run-schema.ts";
import type { Schema } from "./schema-node.ts";
import { definitionOf, mapChildren, rewriter } from "./schema-walk.ts";
import { type RawText, repeated, single } from "./text.ts";
import { type ListStyle, takesList, textSchema } from "./text-schema.ts";
import { wireSchema } from "./wire-schema.ts";

/** How {@link compileTextObjectReader} finds the properties. */
export interface TextObjectOptions {
  /** The name under which a key comes, for example camelCase to kebab-case for headers; else the aliases of the model. */
  readonly wireName?: (key: string) => string;
  /** How lists are written; "repeat" unless given. */
  readonly list?: ListStyle;
  /**
   * What to do with names that the schema does not know. "keep" hands them to schemas that are strict or take further
   * keys; it is the default where no `wireName` is given. Headers and cookies that belong to others want "drop".
   */
  readonly unknown?: "keep" | "drop";
}

/** A name to look for, and the key under which the schema expects what is found. */
interface Slot {
  readonly from: string;
  readonly to: string;
  readonly list: boolean;
}

/** Rewrites the properties of the objects at the top, and them only. */
function textObjectSchema(schema: Schema, list: ListStyle): Schema {
  const visit = rewriter((of, below) => {
    if (definitionOf(of).type !== "object") return mapChildren(of, below);
    return mapChildren(of, (property) => textSchema(property, list, "an object of parameters"));
  });
  return visit(schema);
}

function slotsOf(schema: Schema, wireName: ((key: string) => string) | undefined): Slot[] {
  const slots = new Map<string, Slot>();
  const add = (from: string, to: string, list: boolean): void => {
    const id = `${from}\n${to}`;
    slots.set(id, { from, to, list: list || slots.get(id)?.list === true });
  };
  for (const object of objectsIn(schema)) {
    const base = baseOf(object);
    for (const [key, of] of Object.entries(object._zod.def.shape)) {
      const to = base?.wire(key) ?? key;
      add(wireName?.(key) ?? to, to, takesList(of));
      if (base?.acceptBoth === true && wireName === undefined && to !== key) add(key, key, takesList(of));
    }
  }
  return [...slots.values()];
}

interface Gathered {
  readonly input: Record<string, RawText>;
  readonly repeated: SchemaIssue[];
  readonly isEmpty: boolean;
}

function gather(raw: Readonly<Record<string, RawText>>, slots: readonly Slot[]): Gathered {
  // Without a prototype nothing seems to be there that was not sent.
  const input: Record<string, RawText> = Object.create(null);
  const issues: SchemaIssue[] = [];
  let isEmpty = true;
  for (const { from, to, list } of slots) {
    // Own properties only: a parameter may be called like something that every object inherits.
    const value = Object.hasOwn(raw, from) ? single(raw[from]) : undefined;
    if (value === undefined) continue;
    isEmpty = false;
    if (typeof value === "string" || list) input[to] = value;
    else issues.push(...repeatedIssues(from));
  }
  return { input, repeated: issues, isEmpty };
}

function repeatedIssues(name: string): readonly SchemaIssue[] {
  const outcome = repeated(name);
  return outcome.ok ? [] : outcome.issues;
}

function keepUnknown(
  input: Record<string, RawText>,
  raw: Readonly<Record<string, RawText>>,
  known: ReadonlySet<string>,
): void {
  for (const name of Object.keys(raw)) {
    if (known.has(name) || name in input) continue;
    Object.defineProperty(input, name, { value: raw[name], enumerable: true, configurable: true, writable: true });
  }
}

function report(outcome: Outcome, gathered: Gathered, nameOf: ReadonlyMap<string, string>): Outcome {
  if (outcome.ok && gathered.repeated.length === 0) return outcome;
  const named = (outcome.ok ? [] : outcome.issues).map((issue): SchemaIssue => {
    const [first, ...rest] = issue.path;
    return typeof first === "string" ? { ...issue, path: [nameOf.get(first) ?? first, ...rest] } : issue;
  });
  // What came twice was left out, so that it is missing is no news.
  const twice = new Set(gathered.repeated.map((issue) => issue.path[0]));
  return { ok: false, issues: [...gathered.repeated, ...named.filter((issue) => !twice.has(issue.path[0]))] };
}

/**
 * Prepares the reading of a whole query, of headers or of cookies by an object schema.
 *
 * @param schema an object schema, see `isObjectSchema`
 * @param options how the properties are found
 * @returns a function from texts by name to the decoded object; issue paths begin with the name on the wire
 * @throws KilnError KILN_MODEL_NOT_TEXT when a property is something that no text can be read as
 */
export function compileTextObjectReader(
  schema: z.ZodType,
  options: TextObjectOptions = {},
): (raw: Readonly<Record<string, RawText>>) => Outcome | Promise<Outcome> {
  const run = compileRun(schema, wireSchema(textObjectSchema(schema, options.list ?? "repeat")));
  const slots = slotsOf(schema, options.wireName);
  const known = new Set(slots.map((slot) => slot.from));
  const nameOf = new Map(slots.map((slot) => [slot.to, slot.from]));
  const wantsUnknown = objectsIn(schema).some((object) => object._zod.def.catchall !== undefined);
  const keep = wantsUnknown && (options.unknown ?? (options.wireName === undefined ? "keep" : "drop")) === "keep";
  const isOptional = schema._zod.optin !== undefined;
  return (raw) => {
    const gathered = gather(raw, slots);
    if (keep) keepUnknown(gathered.input, raw, known);
    const value = gathered.isEmpty && isOptional ? undefined : gathered.input;
    return whenDone(run(value), (outcome) => report(outcome, gathered, nameOf));
  };
}
