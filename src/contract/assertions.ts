import type { z } from "zod";
import { KilnError } from "../errors/kiln-error.ts";
import type { Schema } from "./schema-node.ts";
import { type Child, childrenOf, definitionOf, isCodec } from "./schema-walk.ts";

/** A schema and how it is reached from the one in question, for example `tags[].owner`. */
interface Found {
  readonly schema: Schema;
  readonly path: string;
}

function pathTo(before: string, step: string | undefined): string {
  if (step === undefined) return before;
  return step === "[]" || before === "" ? `${before}${step}` : `${before}.${step}`;
}

/** The first schema, in the order they are declared, that passes a test. */
function find(
  schema: Schema,
  test: (schema: Schema) => boolean,
  below: (schema: Schema) => readonly Child[],
): Found | undefined {
  const seen = new Set<Schema>();
  const visit = (of: Schema, path: string): Found | undefined => {
    if (seen.has(of)) return undefined;
    seen.add(of);
    if (test(of)) return { schema: of, path };
    for (const child of below(of)) {
      const found = visit(child.schema, pathTo(path, child.step));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit(schema, "");
}

function named(found: Found): string {
  const type = definitionOf(found.schema).type;
  return found.path === "" ? type : `${found.path} (${type})`;
}

/** What of a schema takes part in writing: nothing of a function that only cleans up what was read. */
function writingChildren(schema: Schema): readonly Child[] {
  const def = definitionOf(schema);
  if (def.type === "pipe" && schema._zod.traits.has("$ZodPreprocess")) return [{ schema: def.out, step: undefined }];
  return childrenOf(schema);
}

/** What of a schema meets JSON itself: of a codec the side that does. */
function wireChildren(schema: Schema): readonly Child[] {
  const def = definitionOf(schema);
  if (def.type === "union") {
    // One form that JSON can have is enough.
    const readable = childrenOf(schema).filter((child) => !isUnreadable(child.schema));
    return readable.length > 0 ? readable : childrenOf(schema);
  }
  if (def.type !== "pipe") return childrenOf(schema);
  return schema._zod.traits.has("$ZodPreprocess") ? [] : [{ schema: def.in, step: undefined }];
}

const neverJson = new Set(["map", "set", "symbol", "function", "promise", "file"]);

/**
 * Checks that values of a schema can be written as JSON.
 *
 * @param schema what a route returns
 * @param where the route, for the error
 * @throws KilnError KILN_MODEL_ONE_WAY when a `.transform()` has no way back, KILN_MODEL_NOT_JSON when a type such as a
 *   Map has no form in JSON
 */
export function assertEncodable(schema: z.ZodType, where: string): void {
  const oneWay = find(schema, (of) => isOneWay(of), writingChildren);
  if (oneWay !== undefined) {
    throw new KilnError("KILN_MODEL_ONE_WAY", {
      where,
      what: named(oneWay),
      why: "changes a value in a way that cannot be undone, so nothing says what to send for it",
      fix: "Use a codec, which has a way back: `z.codec(...)` or one of Kiln's fields such as `datetime()`",
    });
  }
  const alien = find(schema, (of) => neverJson.has(definitionOf(of).type), wireChildren);
  if (alien !== undefined)
    throw notJson(alien, where, "has no form in JSON", "Use a list or `z.record()`, or a codec to one of them");
}

function isOneWay(schema: Schema): boolean {
  const type = definitionOf(schema).type;
  return type === "transform" || type === "success" || (type === "pipe" && isCodec(schema) && !hasWayBack(schema));
}

function hasWayBack(codec: z.core.$ZodCodec): boolean {
  return typeof codec._zod.def.reverseTransform === "function";
}

function notJson(found: Found, where: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_MODEL_NOT_JSON", { where, what: named(found), why, fix });
}

function isUnreadable(schema: Schema): boolean {
  const def = definitionOf(schema);
  // `z.coerce` makes such a value of what JSON has.
  if ("coerce" in def && def.coerce === true) return false;
  return neverJson.has(def.type) || def.type === "date" || def.type === "bigint" || isInstanceOf(schema);
}

/** Whether a schema is `z.instanceof()`. */
function isInstanceOf(schema: Schema): boolean {
  return schema._zod.traits.has("ZodInstanceOf");
}

/**
 * Checks that something in JSON can match a schema.
 *
 * @param schema what a body must be
 * @param where the route, for the error
 * @throws KilnError KILN_MODEL_NOT_JSON when it holds a type that JSON has no value of, such as a plain `z.date()`
 */
export function assertJsonReadable(schema: z.ZodType, where: string): void {
  const found = find(schema, isUnreadable, wireChildren);
  if (found === undefined) return;
  const fixes: Readonly<Record<string, string>> = {
    date: "Use `datetime()` or `date()`, which read ISO 8601",
    bigint: "Use `z.int()`, or a codec from a string of digits",
  };
  const fix = fixes[definitionOf(found.schema).type] ?? "Use a codec from something that JSON has";
  throw notJson(found, where, "is a type that JSON has no value of, so no body can match it", fix);
}
