import { type core, globalRegistry } from "zod";
import { modelInfo } from "../contract/model.ts";

/** Which schemas have a name, and an id for each that no other schema has. */
export interface SchemaIds {
  /** The id of a named schema; undefined for one that is described where it is used. */
  readonly idOf: (schema: core.$ZodType) => string | undefined;
  /** The name behind an id; undefined for ids that Zod made up for unnamed recursive schemas. */
  readonly nameOf: (id: string) => string | undefined;
}

/** The name a schema goes by in the document: that of the model, or Zod's own `.meta({ id })`. */
function schemaName(schema: core.$ZodType): string | undefined {
  return modelInfo(schema)?.name ?? globalRegistry.get(schema)?.id;
}

/** Component names allow few characters; a generic's `Page<Post>` becomes `Page_Post`. */
function componentName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^_+|_+$/g, "");
}

/** A copy that `.describe()` or `.meta()` made is not another schema: it refers to the one it was made from. */
function isCopy(schema: core.$ZodType, name: string): boolean {
  const { parent } = schema._zod;
  return parent !== undefined && schemaName(parent) === name;
}

/** Starts with no schema known; ids follow the order in which schemas are met. */
export function schemaIds(): SchemaIds {
  const ids = new Map<core.$ZodType, string>();
  const names = new Map<string, string>();
  const remember = (schema: core.$ZodType, name: string): string => {
    let id = name;
    for (let copy = 2; names.has(id); copy += 1) id = `${name}~${copy}`;
    ids.set(schema, id);
    names.set(id, name);
    return id;
  };
  return {
    idOf: (schema) => {
      const known = ids.get(schema);
      if (known !== undefined) return known;
      const name = schemaName(schema);
      if (name === undefined || name === "" || isCopy(schema, name)) return undefined;
      return remember(schema, componentName(name));
    },
    nameOf: (id) => names.get(id),
  };
}
