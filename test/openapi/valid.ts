import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { OpenApiDocument } from "../../src/openapi/document-types.ts";

// Made once: compiling the meta-schema costs more than a hundred documents do.
const validator = new Validator();
const ajv = new Ajv2020({ strict: false, validateFormats: false });

function referencesIn(json: unknown): readonly string[] {
  if (Array.isArray(json)) return json.flatMap(referencesIn);
  if (typeof json !== "object" || json === null) return [];
  const own = "$ref" in json && typeof json.$ref === "string" ? [json.$ref] : [];
  return [...own, ...Object.values(json).flatMap(referencesIn)];
}

/** A document as a client reads it: what JSON cannot carry is not there. */
function asRead(document: OpenApiDocument): Record<string, unknown> {
  return JSON.parse(JSON.stringify(document));
}

function escapePointer(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}

/** Reads schemas of a document, each at a path of keys, with a JSON Schema validator that is not Kiln's. */
export function schemasAt(
  document: OpenApiDocument,
  places: readonly (readonly string[])[],
): readonly ValidateFunction[] {
  const id = "https://example.com/openapi";
  ajv.addSchema({ $id: id, ...asRead(document) });
  try {
    return places.map((keys) => ajv.compile({ $ref: `${id}#/${keys.map(escapePointer).join("/")}` }));
  } finally {
    ajv.removeSchema(id);
  }
}

/**
 * Checks a document with a validator that is not Kiln's, that every reference leads somewhere, and that every component
 * is a JSON Schema.
 */
export async function assertValid(document: OpenApiDocument): Promise<void> {
  const read = asRead(document);
  const result = await validator.validate(structuredClone(read));
  assert.equal(result.valid, true, JSON.stringify(result.errors, null, 2));
  const schemas = document.components?.schemas ?? {};
  for (const reference of referencesIn(read)) {
    assert.match(reference, /^#\/components\/schemas\/[A-Za-z0-9._-]+$/);
    assert.ok(Object.hasOwn(schemas, reference.slice("#/components/schemas/".length)), `${reference} leads nowhere`);
  }
  schemasAt(
    document,
    Object.keys(schemas).map((name) => ["components", "schemas", name]),
  );
}
