import { authorization, basicPair, named } from "./credentials.ts";
import type { Provider } from "./provider.ts";
import { Secret } from "./secret.ts";
import {
  type Credential,
  checkToken,
  type Scheme,
  type SchemeOptions,
  schemeProvider,
  tokenScheme,
} from "./security-scheme.ts";

/** What {@link bearer} may be told. */
export interface BearerOptions<Optional extends boolean> extends SchemeOptions<Optional> {
  /** The word before the token. Default `Bearer`. */
  readonly prefix?: string;
  /** What the token is, for the docs, for example `JWT`. */
  readonly format?: string;
  /** Scopes that the routes which need it ask for, for the docs and the challenge. */
  readonly scopes?: readonly string[];
}

/** What {@link apiKey} is told. */
export interface ApiKeyOptions<Optional extends boolean> extends SchemeOptions<Optional> {
  readonly in: "header" | "query" | "cookie";
  /** The name of the header, query parameter or cookie. */
  readonly name: string;
}

/** What {@link oauth2Password} is told. */
export interface OAuth2PasswordOptions<Optional extends boolean> extends SchemeOptions<Optional> {
  /** Where clients get a token; relative to the document's server. */
  readonly tokenUrl: string;
  /** Every scope that there is, with its description. */
  readonly scopes?: Readonly<Record<string, string>>;
  /** Scopes that the routes which need it ask for, for the docs and the challenge. */
  readonly requires?: readonly string[];
}

/** What {@link openIdConnect} is told. */
export interface OpenIdConnectOptions<Optional extends boolean> extends SchemeOptions<Optional> {
  /** The discovery document, an absolute URL. */
  readonly url: string;
  /** Scopes that the routes which need it ask for, for the docs and the challenge. */
  readonly scopes?: readonly string[];
}

/** User name and password of {@link basic}, not checked against anything. */
export interface BasicCredential {
  readonly username: string;
  readonly password: Secret<string>;
}

/**
 * A token in the `authorization` header, RFC 6750. Its value is the token as sent: whether it is valid is for a
 * `depends` to find out.
 *
 * @param options see {@link BearerOptions}
 * @returns a provider of the token; without one the answer is a 401, unless it is optional
 * @throws KilnError KILN_SECURITY_SCHEME when prefix or realm cannot stand in a header
 *
 * @example
 * ```ts
 * import { bearer, depends, httpError } from "kilnjs";
 * const WrongToken = httpError(401, "wrong_token", "The token is not valid");
 * const sessions = new Map([["s3cret", { userId: 7 }]]);
 * export const session = depends({ token: bearer() }, ({ token }) => {
 *   const found = sessions.get(token);
 *   if (!found) throw new WrongToken();
 *   return found;
 * }, { raises: [WrongToken] });
 * ```
 */
export function bearer<const Optional extends boolean = false>(
  options: BearerOptions<Optional> = {},
): Provider<Credential<string, Optional>, "request", never> {
  const { prefix = "Bearer", format, scopes = [] } = options;
  const isBearer = prefix.toLowerCase() === "bearer";
  const scheme = isBearer
    ? { type: "http", scheme: "bearer", ...(format === undefined ? {} : { bearerFormat: format }) }
    : // OpenAPI knows registered schemes only; anything else is a header whose value the reader is told how to write.
      { type: "apiKey", in: "header", name: "Authorization", description: `The token with \`${prefix} \` before it.` };
  return schemeProvider(tokenScheme({ where: "bearer()", name: "bearer", scheme, scopes, prefix }), options);
}

/**
 * User name and password in the `authorization` header, RFC 7617. Compare the password with a memory-hard hash, or with
 * `safeEqual` when it is a key.
 *
 * @param options see {@link SchemeOptions}
 * @returns a provider of both; the password is a `Secret`, so that it does not print
 * @throws KilnError KILN_SECURITY_SCHEME when the realm cannot stand in a header
 *
 * @example
 * ```ts
 * import { basic, depends, safeEqual, Unauthorized } from "kilnjs";
 * export const admin = depends({ login: basic({ realm: "admin" }) }, ({ login }) => {
 *   if (login.username !== "admin" || !safeEqual(login.password.reveal(), "s3cret")) throw new Unauthorized();
 *   return login.username;
 * });
 * ```
 */
export function basic<const Optional extends boolean = false>(
  options: SchemeOptions<Optional> = {},
): Provider<Credential<BasicCredential, Optional>, "request", never> {
  const scheme: Scheme<BasicCredential> = {
    where: "basic()",
    name: "basic",
    scheme: { type: "http", scheme: "basic" },
    scopes: [],
    word: "Basic",
    parameters: ['charset="UTF-8"'],
    find: (head) => authorization(head, "Basic"),
    parse: (text) => {
      const pair = basicPair(text);
      return pair === undefined ? undefined : { username: pair.username, password: new Secret(pair.password) };
    },
  };
  return schemeProvider(scheme, options);
}

/**
 * A key in a header, cookie or query parameter. Prefer a header: URLs end up in logs and histories.
 *
 * @param options see {@link ApiKeyOptions}
 * @returns a provider of the key as sent; compare it with `safeEqual`
 * @throws KilnError KILN_SECURITY_SCHEME when name or realm cannot stand in a header
 *
 * @example
 * ```ts
 * import { apiKey, router } from "kilnjs";
 * const key = apiKey({ in: "header", name: "x-api-key", optional: true });
 * router().get("/", { needs: { key } }, ({ key }) => ({ anonymous: key === undefined }));
 * ```
 */
export function apiKey<const Optional extends boolean = false>(
  options: ApiKeyOptions<Optional>,
): Provider<Credential<string, Optional>, "request", never> {
  const { in: place, name } = options;
  if (place !== "query") checkToken("apiKey()", name);
  const scheme: Scheme<string> = {
    where: "apiKey()",
    name: name.replace(/[^A-Za-z0-9._-]+/g, "_"),
    scheme: { type: "apiKey", in: place, name },
    scopes: [],
    word: "ApiKey",
    find: (head) => named(head, place, name),
    parse: (text) => text,
  };
  return schemeProvider(scheme, options);
}

/**
 * A bearer token that clients get for a user name and a password at `tokenUrl`; the docs page can do so itself. The
 * route that answers there is yours.
 *
 * @param options see {@link OAuth2PasswordOptions}
 * @returns a provider of the token as sent
 * @throws KilnError KILN_SECURITY_SCHEME when the realm or a scope cannot stand in a header
 *
 * @example
 * ```ts
 * import { oauth2Password, router } from "kilnjs";
 * const token = oauth2Password({ tokenUrl: "/token", scopes: { "posts:write": "Change posts" } });
 * router().get("/me", { needs: { token } }, ({ token }) => ({ length: token.length }));
 * ```
 */
export function oauth2Password<const Optional extends boolean = false>(
  options: OAuth2PasswordOptions<Optional>,
): Provider<Credential<string, Optional>, "request", never> {
  const { tokenUrl, scopes = {}, requires = [] } = options;
  const scheme = { type: "oauth2", flows: { password: { tokenUrl, scopes } } };
  const about = { where: "oauth2Password()", name: "oauth2Password", scheme, scopes: requires, prefix: "Bearer" };
  return schemeProvider(tokenScheme(about), options);
}

/**
 * A bearer token from an OpenID Connect provider.
 *
 * @param options see {@link OpenIdConnectOptions}
 * @returns a provider of the token as sent; check its signature, issuer and audience in a `depends`
 * @throws KilnError KILN_SECURITY_SCHEME when the realm or a scope cannot stand in a header
 *
 * @example
 * ```ts
 * import { openIdConnect, router } from "kilnjs";
 * const token = openIdConnect({ url: "https://id.example.com/.well-known/openid-configuration" });
 * router().get("/me", { needs: { token } }, ({ token }) => ({ length: token.length }));
 * ```
 */
export function openIdConnect<const Optional extends boolean = false>(
  options: OpenIdConnectOptions<Optional>,
): Provider<Credential<string, Optional>, "request", never> {
  const { url, scopes = [] } = options;
  const scheme = { type: "openIdConnect", openIdConnectUrl: url };
  return schemeProvider(
    tokenScheme({ where: "openIdConnect()", name: "openIdConnect", scheme, scopes, prefix: "Bearer" }),
    options,
  );
}
