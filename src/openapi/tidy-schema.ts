import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

/** What Zod hands to an override: the schema and what it has become so far. */
export interface OverrideContext {
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

/** Zod leaves out examples of what it reads in another form than it gives; in a document they are of the wire. */
function keepExamples({ zodSchema, jsonSchema }: OverrideContext): void {
  // Only Kiln's fields have the member, with a JSON Schema in it.
  const { wireSchema } = zodSchema._zod.def as { readonly wireSchema?: { readonly examples?: unknown[] } };
  const examples = z.globalRegistry.get(zodSchema)?.examples ?? wireSchema?.examples;
  if (Array.isArray(examples)) jsonSchema.examples ??= examples;
}

/** Milliseconds within which a time counts as the present one. */
const moment = 60_000;

function isNow(value: unknown): boolean {
  const time = value instanceof Date ? value.getTime() : typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Math.abs(Date.now() - time) < moment;
}

/** A default that is made anew each time, an id or the present time, would make each document another. */
function dropComputedDefault({ zodSchema, jsonSchema }: OverrideContext): void {
  const { def } = zodSchema._zod;
  if (jsonSchema.default === undefined || (def.type !== "default" && def.type !== "prefault")) return;
  // Reading the member calls the function, when there is one.
  const [first, second] = [def.defaultValue, def.defaultValue];
  if (isNow(first) || !isDeepStrictEqual(first, second)) delete jsonSchema.default;
}

/** Takes away from one schema what would not help the readers of a document, and adds what Zod does not know of. */
export function tidySchema(context: OverrideContext): void {
  openObject(context);
  dropSafeRange(context);
  dropFormatPattern(context);
  dropComputedDefault(context);
  keepExamples(context);
  addDiscriminator(context);
}
