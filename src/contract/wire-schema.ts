import { z } from "zod";
import { type Base, baseOf } from "./base.ts";
import { node, type Payload, type Schema } from "./schema-node.ts";
import { definitionOf, mapChildren, reaches, rewriter } from "./schema-walk.ts";

/** Whether a schema is an object that belongs to no base and so takes the one it stands in. */
function isPlainObject(schema: Schema): boolean {
  return definitionOf(schema).type === "object" && baseOf(schema) === undefined;
}

function isRenamed(schema: Schema): boolean {
  return baseOf(schema)?.renames === true;
}

/** What stands on the wire below a schema, down to models: those see to their own properties. */
function wireChildren(schema: Schema): readonly Schema[] {
  if (isRenamed(schema)) return [];
  const below: Schema[] = [];
  mapChildren(schema, (child) => {
    below.push(child);
    return child;
  });
  return below;
}

/** The object that an option of a discriminated union is. */
export function modelOf(option: Schema): Schema {
  const def = definitionOf(option);
  switch (def.type) {
    case "readonly":
    case "nonoptional":
      return modelOf(def.innerType);
    case "pipe":
      return modelOf(def.in);
    case "lazy":
      return modelOf((option as z.core.$ZodLazy)._zod.innerType);
    default:
      return option;
  }
}

/** Discriminator values by the names under which the options know the discriminator on the wire. */
function discriminators(union: z.core.$ZodDiscriminatedUnion): Map<string, Map<unknown, Schema>> {
  const key = union._zod.def.discriminator;
  const byName = new Map<string, Map<unknown, Schema>>();
  // The options of a union are schemas; the type says less because it may be inferred late.
  for (const option of union._zod.def.options as readonly Schema[]) {
    const base = baseOf(modelOf(option));
    const names = base?.renames === true ? [base.wire(key), ...(base.acceptBoth ? [key] : [])] : [key];
    for (const name of names) {
      const options = byName.get(name) ?? new Map<unknown, Schema>();
      for (const value of option._zod.propValues?.[key] ?? []) options.set(value, option);
      byName.set(name, options);
    }
  }
  return byName;
}

function isAliased(schema: Schema): boolean {
  const def = definitionOf(schema);
  // Only discriminated unions have the member.
  if (def.type !== "union" || !("discriminator" in def)) return false;
  return def.options.some((option) => isRenamed(modelOf(option)));
}

function refuseTag(
  union: z.core.$ZodDiscriminatedUnion,
  payload: Payload,
  name: string,
  options: readonly unknown[],
): Payload {
  const issue = {
    code: "invalid_union",
    errors: [],
    note: "No matching discriminator",
    discriminator: name,
    options,
    input: payload.value,
    path: [name],
    inst: union,
  };
  // The same issue that Zod raises, but under the name on the wire.
  payload.issues.push(issue as unknown as Payload["issues"][number]);
  return payload;
}

/** A discriminated union that looks for the discriminator under its name on the wire. */
function aliasedUnion(union: z.core.$ZodDiscriminatedUnion): Schema {
  let byName: Map<string, Map<unknown, Schema>> | undefined;
  return node(union, (payload, context) => {
    const input = payload.value;
    if (context.direction === "backward" || !z.core.util.isObject(input)) return union._zod.run(payload, context);
    byName ??= discriminators(union);
    for (const [name, options] of byName) {
      const option = options.get(Object.hasOwn(input, name) ? input[name] : undefined);
      if (option !== undefined) return option._zod.run(payload, context);
    }
    const name = [...byName.keys()].find((key) => Object.hasOwn(input, key)) ?? [...byName.keys()][0] ?? "";
    return refuseTag(union, payload, name, [...(byName.get(name)?.keys() ?? [])]);
  });
}

/** Carries what `.describe()` and `.meta()` said over to a copy; an id belongs to the original alone. */
function copyMeta(from: Schema, to: Schema): Schema {
  const meta = z.globalRegistry.get(from);
  if (from !== to && meta !== undefined) {
    const { id, ...rest } = meta;
    z.globalRegistry.add(to, rest);
  }
  return to;
}

/**
 * The same schema with what the wire needs: discriminated unions of models that rename their keys, and, inside of such
 * a model, objects without a name, which follow the model they stand in.
 *
 * @param schema any schema; it stays as it is
 * @param base the base of the model that the schema stands in
 * @param adopt makes a model of the base from an object without one
 * @returns the schema itself where there is nothing to do
 */
export function wireSchema(
  schema: Schema,
  base?: Base,
  adopt?: (object: z.core.$ZodObject, base: Base) => Schema,
): Schema {
  const inherits = base?.renames === true && adopt !== undefined;
  const needs = (of: Schema): boolean => isAliased(of) || (inherits && isPlainObject(of));
  if (!reaches(schema, needs, wireChildren)) return schema;
  const visit = rewriter((of, below) => {
    if (isRenamed(of)) return of;
    // A model of another base has its own way with the objects inside of it.
    if (inherits && baseOf(of) !== undefined) return wireSchema(of);
    if (inherits && isPlainObject(of)) return copyMeta(of, adopt(of as z.core.$ZodObject, base));
    const mapped = copyMeta(of, mapChildren(of, below));
    return isAliased(mapped) ? copyMeta(of, aliasedUnion(mapped as z.core.$ZodDiscriminatedUnion)) : mapped;
  });
  return visit(schema);
}
