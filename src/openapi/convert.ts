import { type ZodType, z } from "zod";
import type { SchemaObject } from "./document-types.ts";
import { isRecord } from "./json.ts";
import type { SchemaIds } from "./schema-ids.ts";

/** `input` is what a client sends, `output` what it gets. */
export type Io = "input" | "output";

/** Schemas as JSON Schema: one per schema asked for, and what they refer to as `#/$defs/<id>`. */
export interface Converted {
  readonly uses: readonly SchemaObject[];
  readonly defs: ReadonlyMap<string, SchemaObject>;
}

/** What Zod hands to an override: the schema and what it has become so far. */
interface OverrideContext {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

const selfExplaining = new Set(["email", "uuid", "guid", "datetime", "date", "url", "ipv4", "ipv6"]);

/** A pattern that only spells out a format the document names anyway is noise: some are 400 characters long. */
function dropFormatPattern({ zodSchema, jsonSchema }: OverrideContext): void {
  const { def } = zodSchema._zod;
  if (def.type !== "string" || jsonSchema.format === undefined || jsonSchema.pattern === undefined) return;
  const format = (def as { readonly format?: string }).format;
  if (format !== undefined && selfExplaining.has(format)) delete jsonSchema.pattern;
}

/** That an integer must be exactly representable is said once in the docs, not at every integer. */
function dropSafeRange({ jsonSchema }: OverrideContext): void {
  if (jsonSchema.type !== "integer") return;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** Only strict objects refuse further keys; that others drop them must not stop clients from meeting a new one. */
function openObject({ zodSchema, jsonSchema }: OverrideContext): void {
  const { def } = zodSchema._zod;
  if (def.type === "object" && def.catchall === undefined && jsonSchema.additionalProperties === false) {
    delete jsonSchema.additionalProperties;
  }
}

function discriminatorValues(option: z.core.$ZodType, key: string): readonly string[] {
  return [...(option._zod.propValues?.[key] ?? [])].filter((value) => typeof value === "string");
}

/** The discriminated union that a schema is, or that it stands for where models rename the discriminator. */
function discriminatedUnion(schema: z.core.$ZodType): z.core.$ZodDiscriminatedUnion | undefined {
  const { def } = schema._zod;
  // Only Kiln's own schemas have `like`, with a schema in it.
  const { like } = def as { readonly like?: z.core.$ZodType };
  if (like !== undefined) return discriminatedUnion(like);
  // Only discriminated unions have the member.
  return def.type === "union" && "discriminator" in def ? (schema as z.core.$ZodDiscriminatedUnion) : undefined;
}

/** OpenAPI's discriminator only works on references, so a union with an option that has no name goes without. */
function addDiscriminator({ zodSchema, jsonSchema }: OverrideContext): void {
  const union = discriminatedUnion(zodSchema);
  if (union === undefined) return;
  const { discriminator: key, options } = union._zod.def;
  const refs = (jsonSchema.oneOf ?? []).map((option) => option.$ref);
  const mapping = options.flatMap((option, index) =>
    discriminatorValues(option, key).map((value) => [value, refs[index]] as const),
  );
  if (refs.includes(undefined) || mapping.length < refs.length) return;
  jsonSchema.discriminator = { propertyName: key, mapping: Object.fromEntries(mapping) };
}

function describeDate({ zodSchema, jsonSchema }: OverrideContext): void {
  if (zodSchema._zod.def.type !== "date" || jsonSchema.type !== undefined) return;
  jsonSchema.type = "string";
  jsonSchema.format = "date-time";
}

function override(context: OverrideContext): void {
  describeDate(context);
  openObject(context);
  dropSafeRange(context);
  dropFormatPattern(context);
  addDiscriminator(context);
}

/** Zod's own registry, with the ids under which schemas become definitions. */
function registryOf(ids: SchemaIds): z.core.$ZodRegistry<Record<string, unknown>> {
  const registry = z.registry<Record<string, unknown>>();
  const get = (schema: z.core.$ZodType): Record<string, unknown> | undefined => {
    const { id: _own, ...meta } = z.globalRegistry.get(schema) ?? {};
    const id = ids.idOf(schema);
    return id === undefined ? meta : { ...meta, id };
  };
  // Zod asks the registry for nothing but `get`, whose own type depends on each schema's metadata in a way that no
  // function written outside can state.
  registry.get = get as typeof registry.get;
  return registry;
}

/**
 * Converts schemas in one go, so that what they share is described once.
 *
 * @param schemas what to convert
 * @param io the direction
 * @param ids which schemas become definitions, under which id
 */
export function convert(schemas: readonly ZodType[], io: Io, ids: SchemaIds): Converted {
  const shape = Object.fromEntries(schemas.map((schema, index) => [`use${index}`, schema]));
  const json = z.toJSONSchema(z.object(shape), {
    io,
    target: "draft-2020-12",
    unrepresentable: "any",
    metadata: registryOf(ids),
    override,
  });
  const properties: Readonly<Record<string, unknown>> = json.properties ?? {};
  const uses = schemas.map((_schema, index) => properties[`use${index}`]).map((use) => (isRecord(use) ? use : {}));
  const defs = Object.entries(json.$defs ?? {}).filter(([, def]) => isRecord(def));
  return { uses, defs: new Map(defs as [string, SchemaObject][]) };
}
