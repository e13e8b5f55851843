import type { ZodObject, ZodType, z } from "zod";
import { type InputOptions, type InputSource, type Provider, provider } from "./provider.ts";

/** The names that a `path()` of this schema and these options reads. */
type PathNames<S extends ZodType, O extends InputOptions> =
  S extends ZodObject<infer Shape>
    ? keyof Shape & string
    : O extends { readonly name: infer N extends string }
      ? N
      : "$self";

function input<Value, Paths extends string>(
  source: InputSource,
  schema: ZodType | undefined,
  options: InputOptions = {},
): Provider<Value, "request", Paths> {
  return provider({ kind: "input", source, schema, name: options.name, options });
}

/**
 * A parameter of the path template. A plain schema reads the parameter named like its key; an object schema reads one
 * parameter per property.
 *
 * @param schema what the text must be; numbers, booleans, dates and enums are read from text without `z.coerce`
 * @param options `name` when the template uses another name than the key, and what the docs show
 * @returns a provider of the parsed value
 *
 * @example
 * ```ts
 * import { path, router } from "kilnjs";
 * import { z } from "zod";
 * router().get("/posts/:postId", { needs: { postId: path(z.int()) } }, ({ postId }) => ({ next: postId + 1 }));
 * ```
 */
export function path<S extends ZodType, const O extends InputOptions = Record<never, never>>(
  schema: S,
  options?: O,
): Provider<z.output<S>, "request", PathNames<S, O>> {
  return input("path", schema, options);
}

/**
 * A parameter of the query string; an array schema reads every occurrence, an object schema reads the whole query.
 *
 * @param schema what the text must be; numbers, booleans, dates and enums are read from text without `z.coerce`
 * @param options the wire `name`, what the docs show, and `secret` to mask the value in logs
 * @returns a provider of the parsed value
 *
 * @example
 * ```ts
 * import { query, router } from "kilnjs";
 * import { z } from "zod";
 * router().get("/posts", { needs: { limit: query(z.int().max(100).default(20)) } }, ({ limit }) => ({ limit }));
 * ```
 */
export function query<S extends ZodType>(schema: S, options?: InputOptions): Provider<z.output<S>, "request", never> {
  return input("query", schema, options);
}

/**
 * A request header. The key `ifNoneMatch` reads `if-none-match`; an object schema reads one header per property.
 *
 * @param schema what the text must be
 * @param options the wire `name` and what the docs show
 * @returns a provider of the parsed value
 *
 * @example
 * ```ts
 * import { header, router } from "kilnjs";
 * import { z } from "zod";
 * router().get("/", { needs: { acceptLanguage: header(z.string().optional()) } }, ({ acceptLanguage }) => ({ acceptLanguage }));
 * ```
 */
export function header<S extends ZodType>(schema: S, options?: InputOptions): Provider<z.output<S>, "request", never> {
  return input("header", schema, options);
}

/**
 * A cookie of the request; an object schema reads one cookie per property.
 *
 * @param schema what the text must be
 * @param options the wire `name` and what the docs show
 * @returns a provider of the parsed value
 *
 * @example
 * ```ts
 * import { cookie, router } from "kilnjs";
 * import { z } from "zod";
 * router().get("/", { needs: { theme: cookie(z.enum(["light", "dark"]).default("light")) } }, ({ theme }) => ({ theme }));
 * ```
 */
export function cookie<S extends ZodType>(schema: S, options?: InputOptions): Provider<z.output<S>, "request", never> {
  return input("cookie", schema, options);
}

/**
 * The JSON body. Alone in its `needs` it is the whole body; several of them read one property each, named like their
 * keys; one with a `name` reads that property in any case. JSON is strict: a string is no number.
 *
 * @param schema what the body must be; unknown keys are dropped unless the schema is strict
 * @param options `name`: the property to read instead of the whole body; and what the docs show
 * @returns a provider of the parsed value
 *
 * @example
 * ```ts
 * import { body, model, router } from "kilnjs";
 * import { z } from "zod";
 * const Post = model("Post", { title: z.string().min(1) });
 * router().post("/posts", { needs: { post: body(Post) }, returns: Post, status: 201 }, ({ post }) => post);
 * ```
 */
export function body<S extends ZodType>(schema: S, options?: InputOptions): Provider<z.output<S>, "request", never> {
  return input("body", schema, options);
}

/**
 * The bytes of the body as they came, for example to check a webhook's signature. May stand beside `body()`.
 *
 * @returns a provider of the bytes, empty when there is no body
 *
 * @example
 * ```ts
 * import { rawBody, router } from "kilnjs";
 * router().post("/hook", { needs: { bytes: rawBody() } }, ({ bytes }) => ({ length: bytes.length }));
 * ```
 */
export function rawBody(options?: InputOptions): Provider<Uint8Array, "request", never> {
  return input("rawBody", undefined, options);
}
