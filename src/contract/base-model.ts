import type { Base, Encoder } from "./base.ts";
import { type ModelMaker, modelMaker } from "./model.ts";
import { wireCases } from "./wire-names.ts";

/** What all models of one base share, see {@link baseModel}. */
export interface BaseModelOptions {
  /** How keys are named on the wire: in camelCase, in snake_case, or as a function says. As they are, unless given. */
  readonly wireCase?: "camel" | "snake" | ((key: string) => string);
  /** Accepts the keys themselves as well as their names on the wire; what is sent has the names on the wire. */
  readonly acceptBoth?: boolean;
  /** How values of classes are written, for example `[[Money, (money) => money.toString()]]`. */
  readonly encode?: readonly Encoder[];
}

/** An encoder whose function takes what its class makes. */
export type EncoderOf<T> = readonly [Class: abstract new (...args: never) => T, encode: (value: T) => unknown];

/**
 * Makes the `model` function of an API: one place that says how keys are named on the wire and how values are written.
 *
 * @param options `wireCase`, `acceptBoth` and `encode`
 * @returns a function to use instead of `model`
 *
 * @example
 * ```ts
 * import { baseModel } from "kilnjs";
 * import { z } from "zod";
 * export const apiModel = baseModel({ wireCase: "snake" });
 * export const User = apiModel("User", { id: z.int(), firstName: z.string() });   // {"id": 1, "first_name": "Ada"}
 * ```
 */
export function baseModel<const T extends readonly unknown[] = readonly []>(
  options: Omit<BaseModelOptions, "encode"> & { readonly encode?: { readonly [K in keyof T]: EncoderOf<T[K]> } },
): ModelMaker {
  const { wireCase } = options;
  const base: Base = {
    wire: typeof wireCase === "function" ? wireCase : wireCase === undefined ? (key) => key : wireCases[wireCase],
    renames: wireCase !== undefined,
    acceptBoth: options.acceptBoth ?? false,
    // Each function takes instances of the class beside it; the list only loses which is which.
    encoders: (options.encode ?? []) as unknown as readonly Encoder[],
  };
  return modelMaker(base);
}
