import type { z } from "zod";
import type { Schema } from "./schema-node.ts";

/** Writes values of a class: what stands on the wire for them. */
export type Encoder = readonly [Class: abstract new (...args: never) => unknown, encode: (value: never) => unknown];

/** What the models of one base have in common. */
export interface Base {
  /** The name of a key on the wire. */
  readonly wire: (key: string) => string;
  /** Whether any name may differ from its key; plain models cost nothing more than Zod's own objects. */
  readonly renames: boolean;
  /** Whether input may also use the keys themselves. */
  readonly acceptBoth: boolean;
  readonly encoders: readonly Encoder[];
}

/** The base of models made by `model()`: names as they are, no encoders. */
export const plainBase: Base = { wire: (key) => key, renames: false, acceptBoth: false, encoders: [] };

/** The member of an object schema's definition that says which base it belongs to; Zod copies it to derived schemas. */
export interface Based {
  readonly kiln?: Base;
}

/** The base of a model, of this very schema or of the one it was derived from. */
export function baseOf(schema: Schema): Base | undefined {
  // Only Kiln sets this member, with a base in it.
  return (schema._zod.def as z.core.$ZodTypeDef & Based).kiln;
}
