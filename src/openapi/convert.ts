import { type ZodType, z } from "zod";
import { isField } from "../contract/field.ts";
import { jsonSchemaOverride } from "../contract/json-schema.ts";
import { isCodec } from "../contract/schema-walk.ts";
import type { SchemaObject } from "./document-types.ts";
import { isRecord } from "./json.ts";
import type { SchemaIds } from "./schema-ids.ts";
import { type OverrideContext, tidySchema } from "./tidy-schema.ts";

/** `input` is what a client sends, `output` what it gets. */
export type Io = "input" | "output";

/** Schemas as JSON Schema: one per schema asked for, and what they refer to as `#/$defs/<id>`. */
export interface Converted {
  readonly uses: readonly SchemaObject[];
  readonly defs: ReadonlyMap<string, SchemaObject>;
}

const annotations = new Set(["title", "description", "deprecated", "examples", "readOnly", "writeOnly", "id"]);

/** Puts what a schema is on the wire in its place; what is said of it in words stays. */
function replaceBy(target: Record<string, unknown>, wire: SchemaObject): void {
  for (const key of Object.keys(target)) if (!annotations.has(key)) delete target[key];
  for (const [key, value] of Object.entries(wire)) target[key] ??= value;
}

/** One conversion, and those inside it. */
interface Conversion {
  readonly io: Io;
  readonly metadata: z.core.$ZodRegistry<Record<string, unknown>>;
  /** Definitions that conversions inside this one found. */
  readonly inner: Map<string, SchemaObject>;
}

/** What a codec reads is what it writes; Zod would describe the value that the program gets. */
function describeCodec(
  codec: z.core.$ZodCodec,
  jsonSchema: OverrideContext["jsonSchema"],
  conversion: Conversion,
): void {
  // A schema of Zod's core is a whole schema in everything that conversion asks of it.
  const { uses, defs } = convertAll([codec._zod.def.in as ZodType], conversion);
  const unnamed = `__codec${conversion.inner.size}_`;
  const rename = (json: SchemaObject): SchemaObject =>
    // Schemas are JSON; ids that Zod counts up begin anew in each conversion.
    JSON.parse(JSON.stringify(json).replaceAll("#/$defs/__schema", `#/$defs/${unnamed}`)) as SchemaObject;
  for (const [id, json] of defs) conversion.inner.set(id.replace(/^__schema/, unnamed), rename(json));
  const [wire] = uses;
  if (wire !== undefined) replaceBy(jsonSchema, rename(wire));
}

function overrideOf(conversion: Conversion): (context: OverrideContext) => void {
  const describeWire = jsonSchemaOverride(conversion.io);
  return (context) => {
    const { zodSchema } = context;
    if (isCodec(zodSchema) && !isField(zodSchema)) describeCodec(zodSchema, context.jsonSchema, conversion);
    else describeWire(context);
    tidySchema(context);
  };
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

function convertAll(schemas: readonly ZodType[], conversion: Conversion): Converted {
  const shape = Object.fromEntries(schemas.map((schema, index) => [`use${index}`, schema]));
  const json = z.toJSONSchema(z.object(shape), {
    io: conversion.io,
    target: "draft-2020-12",
    unrepresentable: "any",
    metadata: conversion.metadata,
    override: overrideOf(conversion),
  });
  const properties: Readonly<Record<string, unknown>> = json.properties ?? {};
  const uses = schemas.map((_schema, index) => properties[`use${index}`]).map((use) => (isRecord(use) ? use : {}));
  const defs = Object.entries(json.$defs ?? {}).filter(([, def]) => isRecord(def));
  return { uses, defs: new Map(defs as [string, SchemaObject][]) };
}

/**
 * Converts schemas in one go, so that what they share is described once.
 *
 * @param schemas what to convert
 * @param io the direction
 * @param ids which schemas become definitions, under which id
 */
export function convert(schemas: readonly ZodType[], io: Io, ids: SchemaIds): Converted {
  const conversion: Conversion = { io, metadata: registryOf(ids), inner: new Map() };
  const { uses, defs } = convertAll(schemas, conversion);
  return { uses, defs: new Map([...conversion.inner, ...defs]) };
}
