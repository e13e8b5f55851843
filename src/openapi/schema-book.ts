import type { ZodType } from "zod";
import { nameComponents } from "./component-names.ts";
import { type Converted, convert, type Io } from "./convert.ts";
import { type Definition, type Definitions, keyOf, refOf, visitReferences } from "./definitions.ts";
import type { SchemaObject } from "./document-types.ts";
import { isRecord } from "./json.ts";
import { type SchemaIds, schemaIds } from "./schema-ids.ts";

/** Collects the schemas of a document and describes them all at the end, when it is known which are shared. */
export interface SchemaBook {
  /**
   * Notes that a schema is used.
   *
   * @param schema the schema
   * @param io whether a client sends it or gets it
   * @param where the route, for messages
   * @returns an object to put into the document; {@link SchemaBook.settle} fills it
   */
  readonly use: (schema: ZodType, io: Io, where: string) => SchemaObject;
  /** The same for a schema of the document's own, which gives way when a model has its name. */
  readonly own: (name: string, json: SchemaObject) => SchemaObject;
  /** Fills every object that was handed out, and returns the components by name. */
  readonly settle: () => Readonly<Record<string, SchemaObject>>;
}

interface Use {
  readonly schema: ZodType;
  readonly where: string;
  readonly target: SchemaObject;
}

type Uses = Readonly<Record<Io, Use[]>>;

const prefix = "#/components/schemas/";

function hasConstant(property: unknown, value: string): boolean {
  if (!isRecord(property)) return false;
  return property.const === value || (Array.isArray(property.enum) && property.enum.includes(value));
}

/** The discriminating property as it is called on the wire, where a model renames it. */
function wireProperty(discriminator: Record<string, unknown>, io: Io, definitions: Definitions): unknown {
  const { propertyName, mapping } = discriminator;
  const [first] = isRecord(mapping) ? Object.entries(mapping) : [];
  if (first === undefined || typeof first[1] !== "string") return propertyName;
  const properties = definitions.get(keyOf(first[1], io))?.json.properties;
  if (!isRecord(properties) || hasConstant(properties[String(propertyName)], first[0])) return propertyName;
  return Object.keys(properties).find((name) => hasConstant(properties[name], first[0])) ?? propertyName;
}

/** Copies a schema with its references turned into the document's. */
function refer(json: unknown, io: Io, definitions: Definitions, names: ReadonlyMap<string, string>): unknown {
  const again = (value: unknown): unknown => refer(value, io, definitions, names);
  if (Array.isArray(json)) return json.map(again);
  if (!isRecord(json)) return json;
  const component = (ref: string): string => `${prefix}${names.get(keyOf(ref, io)) ?? ""}`;
  // Built from entries, as a property may be called `__proto__`.
  const copy = Object.fromEntries(Object.entries(json).map(([key, value]) => [key, again(value)]));
  const { discriminator } = json;
  if (isRecord(discriminator) && isRecord(discriminator.mapping)) {
    const mapping = Object.entries(discriminator.mapping).map(([name, ref]) => [name, component(String(ref))]);
    copy.discriminator = {
      propertyName: wireProperty(discriminator, io, definitions),
      mapping: Object.fromEntries(mapping),
    };
  }
  const ref = refOf(json);
  return ref === undefined ? copy : { ...copy, $ref: component(ref) };
}

function define({ defs }: Converted, io: Io, ids: SchemaIds): Definition[] {
  return [...defs].map(([id, json]) => ({ key: `${io} ${id}`, id, io, name: ids.nameOf(id), json, where: "" }));
}

function reached(uses: Uses, converted: Readonly<Record<Io, Converted>>, definitions: Definitions): Definition[] {
  const found: Definition[] = [];
  const seen = new Set<string>();
  for (const io of ["output", "input"] as const) {
    uses[io].forEach(({ where }, index) => {
      visitReferences(converted[io].uses[index], io, definitions, seen, (definition) => {
        definition.where = where;
        found.push(definition);
      });
    });
  }
  return found;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  while (taken.has(free)) free = `Kiln${free}`;
  return free;
}

function sorted(components: ReadonlyMap<string, SchemaObject>): Record<string, SchemaObject> {
  const compare = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
  return Object.fromEntries([...components].sort(compare));
}

function settle(
  uses: Uses,
  own: ReadonlyMap<string, { json: SchemaObject; target: SchemaObject }>,
): Record<string, SchemaObject> {
  const ids = schemaIds();
  const schemasOf = (io: Io): readonly ZodType[] => uses[io].map(({ schema }) => schema);
  const converted = {
    output: convert(schemasOf("output"), "output", ids),
    input: convert(schemasOf("input"), "input", ids),
  };
  const all = [...define(converted.output, "output", ids), ...define(converted.input, "input", ids)];
  const definitions: Definitions = new Map(all.map((definition) => [definition.key, definition]));
  const found = reached(uses, converted, definitions);
  const names = nameComponents(found, definitions);
  const components = new Map<string, SchemaObject>();
  for (const { key, io, json } of found) {
    const name = names.get(key);
    // What `refer` makes of an object is an object.
    if (name !== undefined) components.set(name, refer(json, io, definitions, names) as SchemaObject);
  }
  for (const io of ["output", "input"] as const) {
    uses[io].forEach(({ target }, index) => {
      Object.assign(target, refer(converted[io].uses[index], io, definitions, names));
    });
  }
  for (const [wanted, { json, target }] of own) {
    const name = freeName(wanted, new Set(components.keys()));
    components.set(name, json);
    target.$ref = `${prefix}${name}`;
  }
  return sorted(components);
}

/** Opens a book without entries. */
export function schemaBook(): SchemaBook {
  const uses: Uses = { input: [], output: [] };
  const own = new Map<string, { json: SchemaObject; target: SchemaObject }>();
  return {
    use: (schema, io, where) => {
      const target: SchemaObject = {};
      uses[io].push({ schema, where, target });
      return target;
    },
    own: (name, json) => {
      const entry = own.get(name) ?? { json, target: {} };
      own.set(name, entry);
      return entry.target;
    },
    settle: () => settle(uses, own),
  };
}
