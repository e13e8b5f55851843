import { type core, globalRegistry, type ZodType, z } from "zod";
import { isObjectSchema, objectKeys } from "../contract/object-keys.ts";
import type { InputDefinition, InputOptions } from "../contract/provider.ts";
import { innerOf, takesList } from "../contract/text-schema.ts";
import type { InputNode } from "../inject/graph.ts";
import type { ExampleObject, ParameterObject, ParameterPlace, SchemaObject } from "./document-types.ts";
import { present } from "./json.ts";
import type { SchemaBook } from "./schema-book.ts";

/** A single parameter, whichever way it was declared. */
interface Declared {
  readonly name: string;
  readonly place: ParameterPlace;
  readonly schemas: readonly ZodType[];
  readonly required: boolean;
  readonly options: InputOptions;
}

/** OpenAPI says to ignore these, as security schemes and content types describe them. */
const describedElsewhere = new Set(["accept", "content-type", "authorization"]);

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Whether it may be absent from a request. */
export function isOptional(schema: ZodType): boolean {
  return schema._zod.optin !== undefined;
}

function placeOf(source: InputDefinition["source"]): ParameterPlace | undefined {
  return source === "body" || source === "rawBody" ? undefined : source;
}

function declare(node: InputNode): readonly Declared[] {
  const { source, schema = z.string(), name: given, options } = node.definition;
  const place = placeOf(source);
  if (place === undefined) return [];
  if (given !== undefined || !isObjectSchema(schema)) {
    return [{ name: node.name, place, schemas: [schema], required: !isOptional(schema), options }];
  }
  return objectKeys(schema).map(({ key, wire, schema: property, required }) => ({
    name: place === "header" ? kebab(key) : wire,
    place,
    schemas: [property],
    required,
    // What is said of the whole does not describe each part, but a deprecated whole has no part that is not.
    options: options.deprecated === true ? { deprecated: true } : {},
  }));
}

/** Two declarations of one parameter must both be met. */
function merge(first: Declared, second: Declared): Declared {
  const schemas = new Set([...first.schemas, ...second.schemas]);
  return {
    ...first,
    schemas: [...schemas],
    required: first.required || second.required,
    options: { ...second.options, ...first.options },
  };
}

function undeclaredNames(template: string, known: ReadonlyMap<string, Declared>): readonly Declared[] {
  return [...template.matchAll(/:([A-Za-z_]\w*)/g)]
    .map((match) => match[1] ?? "")
    .filter((name) => !known.has(`path ${name}`))
    .map((name) => ({ name, place: "path", schemas: [z.string()], required: true, options: {} }));
}

/** The examples of an input, as OpenAPI takes them: one alone, several by name. */
export function examplesOf(values: readonly unknown[] | undefined): {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, ExampleObject>>;
} {
  if (values === undefined || values.length === 0) return {};
  if (values.length === 1) return { example: values[0] };
  return { examples: Object.fromEntries(values.map((value, index) => [`Example ${index + 1}`, { value }])) };
}

function styleOf({ place, schemas }: Declared): Pick<ParameterObject, "style" | "explode"> {
  if (!schemas.some(takesList)) return {};
  if (place === "query") return { style: "form", explode: true };
  return { style: place === "cookie" ? "form" : "simple", explode: false };
}

/** What is said of a schema in words, also where it is wrapped as optional or with a default afterwards. */
function metaOf(schema: core.$ZodType): { readonly description?: unknown; readonly deprecated?: unknown } {
  const inner = innerOf(schema);
  return { ...(inner === undefined ? {} : metaOf(inner)), ...globalRegistry.get(schema) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function describe(declared: Declared, book: SchemaBook, where: string): ParameterObject {
  const { name, place, schemas, required, options } = declared;
  const meta = schemas.map(metaOf);
  const used: readonly SchemaObject[] = schemas.map((schema) => book.use(schema, "input", where));
  const [only] = used;
  return present<ParameterObject>({
    name,
    in: place,
    required: place === "path" || required ? true : undefined,
    deprecated: options.deprecated === true || meta.some(({ deprecated }) => deprecated === true) ? true : undefined,
    description: options.description ?? textOf(meta.find(({ description }) => description !== undefined)?.description),
    ...styleOf(declared),
    schema: only !== undefined && used.length === 1 ? only : { allOf: used },
    ...examplesOf(options.examples),
  });
}

/**
 * The parameters of a route: those its inputs read, at any depth, in the order in which they are declared, and those of
 * the template that nothing reads.
 */
export function parametersOf(
  inputs: readonly InputNode[],
  template: string,
  book: SchemaBook,
  where: string,
): readonly ParameterObject[] {
  const known = new Map<string, Declared>();
  for (const declared of inputs.flatMap(declare)) {
    if (declared.place === "header" && describedElsewhere.has(declared.name.toLowerCase())) continue;
    const key = `${declared.place} ${declared.place === "header" ? declared.name.toLowerCase() : declared.name}`;
    const first = known.get(key);
    known.set(key, first === undefined ? declared : merge(first, declared));
  }
  const all = [...undeclaredNames(template, known), ...known.values()];
  const order: readonly ParameterPlace[] = ["path", "query", "header", "cookie"];
  const sorted = all.sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
  return sorted.map((declared) => describe(declared, book, where));
}
