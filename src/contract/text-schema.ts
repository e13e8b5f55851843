import { KilnError } from "../errors/kiln-error.ts";
import { type Context, node, type Payload, runThen, type Schema } from "./schema-node.ts";
import { definitionOf, isCodec, lazyTarget, mapChildren, rewriter } from "./schema-walk.ts";
import { readingOf, type TextReading } from "./text-values.ts";

/** How several values of one name are written: by repeating the name, or in one text, separated by commas. */
export type ListStyle = "repeat" | "single";

/** The schemas that only pass a value on to the one they wrap. */
export function innerOf(schema: Schema): Schema | undefined {
  const def = definitionOf(schema);
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
    case "nonoptional":
      return def.innerType;
    case "lazy":
      return lazyTarget(schema);
    case "pipe":
      return schema._zod.traits.has("$ZodPreprocess") ? def.out : def.in;
    default:
      return undefined;
  }
}

/** Whether a schema takes several values. */
export function takesList(schema: Schema): boolean {
  const def = definitionOf(schema);
  if (def.type === "array" || def.type === "tuple" || def.type === "set") return true;
  if (def.type === "union") return def.options.some(takesList);
  const inner = innerOf(schema);
  return inner !== undefined && takesList(inner);
}

/** Whether the empty text is a value of its own, so that it cannot stand for null. */
function takesEmptyText(schema: Schema): boolean {
  const def = definitionOf(schema);
  switch (def.type) {
    case "string":
      // A format such as a UUID is never empty.
      return !("format" in def);
    case "any":
    case "unknown":
    case "custom":
    case "template_literal":
      return true;
    case "literal":
    case "enum":
      return schema._zod.values?.has("") ?? false;
    case "union":
      return def.options.some(takesEmptyText);
    case "pipe":
      return isCodec(schema) ? takesEmptyText(def.out) : takesEmptyText(def.in);
    default: {
      const inner = innerOf(schema);
      return inner !== undefined && takesEmptyText(inner);
    }
  }
}

function reader(schema: Schema, read: TextReading): Schema {
  return node(schema, (payload, context) => {
    if (typeof payload.value !== "string") return schema._zod.run(payload, context);
    const reading = read(payload.value);
    if ("value" in reading) payload.value = reading.value;
    else return refuse(schema, payload, reading.expected);
    return schema._zod.run(payload, context);
  });
}

function refuse(schema: Schema, payload: Payload, expected: string): Payload {
  const issue = { code: "invalid_type", expected, input: payload.value, inst: schema, kilnCode: expected };
  // `kilnCode` is Kiln's own: Zod hands members that it does not know through to the finished issue.
  payload.issues.push(issue as unknown as Payload["issues"][number]);
  return payload;
}

function emptyIsNull(nullable: Schema): Schema {
  return node(nullable, (payload, context) => {
    if (payload.value === "") payload.value = null;
    return nullable._zod.run(payload, context);
  });
}

function split(value: unknown, style: ListStyle): unknown {
  if (typeof value !== "string") return value;
  if (style === "repeat") return [value];
  return value === "" ? [] : value.split(",").map((item) => item.trim());
}

function listOf(schema: Schema, style: ListStyle): Schema {
  const isSet = definitionOf(schema).type === "set";
  return node(schema, (payload: Payload, context: Context) => {
    const list = split(payload.value, style);
    payload.value = isSet && Array.isArray(list) ? new Set(list) : list;
    return runThen(schema, payload, context, (done) => done);
  });
}

function unreadable(where: string, type: string): never {
  throw new KilnError("KILN_MODEL_NOT_TEXT", {
    where,
    what: type,
    why: "is a type that a parameter, header or cookie cannot carry as text",
    fix: "Use plain values and lists of them, or read it from the body",
  });
}

/**
 * The same schema for values that come as text: numbers, booleans, dates and fixed values are read from it, everything
 * else is as it was.
 *
 * @param schema what the value must be once it is read
 * @param style how lists are written
 * @param where the declaration, for errors
 * @throws KilnError KILN_MODEL_NOT_TEXT when the schema holds something that no text can be read as
 */
export function textSchema(schema: Schema, style: ListStyle, where: string): Schema {
  const visit = rewriter((of, below) => {
    const def = definitionOf(of);
    const read = readingOf(of);
    if (read !== undefined) return reader(of, read);
    switch (def.type) {
      case "nullable": {
        const mapped = mapChildren(of, below);
        return takesEmptyText(def.innerType) ? mapped : emptyIsNull(mapped);
      }
      case "array":
      case "tuple":
      case "set":
        return listOf(mapChildren(of, below), style);
      case "pipe":
        // What `z.preprocess` makes of a text is up to the function its author wrote.
        return of._zod.traits.has("$ZodPreprocess") ? of : mapChildren(of, below);
      case "object":
      case "record":
      case "map":
      case "function":
      case "promise":
      case "symbol":
      case "file":
        return unreadable(where, def.type);
      default:
        return mapChildren(of, below);
    }
  });
  return visit(schema);
}
