import type { ZodType, z } from "zod";
import type { Answer } from "../contract/answer.ts";
import type { Needs, PathsOf } from "../contract/provider.ts";
import type { Returns } from "../contract/responses.ts";

/** What a route without `returns` may give: what JSON has, and objects of any type, which JSON.stringify takes as it does. */
export type Unchecked = string | number | boolean | object | null | undefined | void;

type SuccessOf<R> = R extends ZodType
  ? ReadonlyArrays<z.output<R>>
  : {
      [S in keyof R & number]: `${S}` extends `2${string}`
        ? R[S] extends ZodType
          ? ReadonlyArrays<z.output<R[S]>>
          : // A function that returns nothing, asynchronous or not, gives `void`.
            void
        : never;
    }[keyof R & number];

/** The same with arrays that may be readonly, as those of a query builder or of a literal given to `answer` are. */
type ReadonlyArrays<T> = 0 extends 1 & T ? T : T extends object ? { readonly [K in keyof T]: ReadonlyArrays<T[K]> } : T;

type AnswersOf<R> = R extends ZodType
  ? never
  : {
      [S in keyof R & number]: Answer<S, R[S] extends ZodType ? ReadonlyArrays<z.output<R[S]>> : undefined>;
    }[keyof R & number];

/** What a handler may return for a `returns`. */
export type Result<R extends Returns> = [R] extends [undefined]
  ? Unchecked
  : SuccessOf<R> | AnswersOf<R> | Answer<"special">;

/** The names in a path template. */
export type TemplateNames<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | TemplateNames<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never;

/** `string` for `any`, which would otherwise be reported as a wrong name. */
type AnyOf<T> = 0 extends 1 & T ? string : never;

/** Refuses, in words that show up in the compiler's message, `path()` names that the template lacks. */
export type CheckPaths<P extends string, N extends Needs> = string extends P | PathsOf<N> | AnyOf<PathsOf<N>>
  ? unknown // Names that are not known to the compiler are checked when the app starts.
  : [Exclude<PathsOf<N>, TemplateNames<P>>] extends [never]
    ? unknown
    : { readonly "path() names that the template lacks": Exclude<PathsOf<N>, TemplateNames<P>> };
