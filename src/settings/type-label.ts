import type { $ZodNumberDef, $ZodType } from "zod/v4/core";
import { definitionOf } from "../contract/schema-walk.ts";
import { givesSecret, innermost } from "./introspect.ts";

/**
 * What a setting's value must be, in a few words for tables and `.env.example`.
 *
 * @example `"whole number"`, `"one of debug | info"`, `"list of text"`
 */
export function typeLabel(schema: $ZodType): string {
  if (givesSecret(schema)) return "secret";
  const core = innermost(schema);
  const def = definitionOf(core);
  switch (def.type) {
    case "string":
      return textLabel(def);
    case "template_literal":
      return "text";
    case "number":
      return isInteger(def) ? "whole number" : "number";
    case "bigint":
      return "whole number";
    case "boolean":
      return "true or false";
    case "date":
      return "date";
    case "enum":
      return `one of ${Object.values(def.entries).join(" | ")}`;
    case "literal":
      return def.values.length === 1 ? String(def.values[0]) : `one of ${def.values.join(" | ")}`;
    case "array":
      return `list of ${typeLabel(def.element)}`;
    case "set":
      return `list of ${typeLabel(def.valueType)}`;
    case "union":
      return [...new Set(def.options.map(typeLabel))].join(" or ");
    case "object":
    case "record":
    case "tuple":
    case "intersection":
      return "JSON";
    default:
      return "text";
  }
}

// The formats are those of the schema itself (`z.email()`, `z.int()`) and of its checks (`z.number().int()`).
function textLabel(def: object): string {
  const format = formatOf(def);
  return format === undefined || format === "regex" ? "text" : `text (${format.replaceAll("_", "-")})`;
}

function isInteger(def: $ZodNumberDef): boolean {
  const checks = (def.checks ?? []).map((check) => formatOf(check._zod.def));
  return [formatOf(def), ...checks].some((format) => format?.includes("int"));
}

function formatOf(def: object): string | undefined {
  return "format" in def && typeof def.format === "string" ? def.format : undefined;
}
