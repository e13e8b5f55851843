import { z } from "zod";
import { type Base, baseOf, plainBase } from "./base.ts";
import { ModelClass } from "./model-class.ts";
import type { Schema } from "./schema-node.ts";
import { checkWireNames, shapeKeys } from "./wire-names.ts";

/** Makes models of one base, see {@link model} and `baseModel`. */
export interface ModelMaker {
  // First, since a schema would pass for a shape as well.
  <S extends z.ZodObject>(name: string, schema: S): S;
  <Shape extends z.core.$ZodLooseShape>(
    name: string,
    shape: Shape,
  ): z.ZodObject<z.core.util.Writeable<Shape>, z.core.$strip>;
}

/** What Kiln knows of a model beside its Zod schema. */
export interface ModelInfo {
  /** The name it was given; schemas derived from it have none until they are named themselves. */
  readonly name: string | undefined;
  /** The name of a key on the wire. */
  readonly wireName: (key: string) => string;
}

const names = new WeakMap<Schema, string>();

function isSchema(value: object): value is z.ZodObject {
  return "_zod" in value;
}

function based(source: z.ZodObject, base: Base): z.ZodObject {
  const isPlain = !base.renames && base.encoders.length === 0;
  if (isPlain) return new z.ZodObject(z.core.util.mergeDefs(source._zod.def, { kiln: base }));
  return new ModelClass(z.core.util.mergeDefs(source._zod.def, { kiln: base, coerce: true }));
}

/** The `model` function of a base. */
export function modelMaker(base: Base): ModelMaker {
  function make(name: string, of: z.core.$ZodLooseShape | z.ZodObject): z.ZodObject {
    const source = isSchema(of) ? of : z.object(of);
    const ownBase = baseOf(source) ?? base;
    checkWireNames(ownBase, shapeKeys(source._zod.def), `model(${JSON.stringify(name)})`);
    const schema = based(source, ownBase);
    const meta = isSchema(of) ? z.globalRegistry.get(of) : undefined;
    if (meta !== undefined) z.globalRegistry.add(schema, meta);
    names.set(schema, name);
    return schema;
  }
  // The two forms of the signature say of the same schema what is known of its shape.
  return make as unknown as ModelMaker;
}

/**
 * A named object schema: a Zod object with `.extend .pick .omit .partial .strict` and all else, whose name stands in the
 * API document. Unknown keys are dropped.
 *
 * @param name the name in the document, in PascalCase by custom
 * @param shape the properties, or an object schema to give a name to, for example one derived from another model
 * @returns a Zod object schema
 *
 * @example
 * ```ts
 * import { datetime, model } from "kilnjs";
 * import { z } from "zod";
 * export const Post = model("Post", { id: z.int(), title: z.string().min(1), createdAt: datetime() });
 * export const PostChanges = model("PostChanges", Post.pick({ title: true }).partial());
 * ```
 */
export const model: ModelMaker = modelMaker(plainBase);

/**
 * What Kiln knows of a model, or of a schema derived from one.
 *
 * @returns undefined for schemas that no model was the origin of
 */
export function modelInfo(schema: Schema): ModelInfo | undefined {
  const base = baseOf(schema);
  return base === undefined ? undefined : { name: names.get(schema), wireName: base.wire };
}
