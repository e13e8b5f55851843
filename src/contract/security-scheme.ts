import { KilnError } from "../errors/kiln-error.ts";
import { authorization, type Found, hasControl } from "./credentials.ts";
import { type HttpErrorClass, httpError } from "./http-error.ts";
import { type Provider, provider, type RequestHead } from "./provider.ts";

/** No credential, or none that can be right. Throw it as well when a credential turns out to be wrong. */
export const Unauthorized: HttpErrorClass<401, "unauthorized"> = httpError(
  401,
  "unauthorized",
  "A valid credential is needed",
);

/** What every scheme may be told. */
export interface SchemeOptions<Optional extends boolean> {
  /** Lets requests without a credential through, with `undefined`; a malformed one is still refused. */
  readonly optional?: Optional;
  /** Markdown, shown in the docs. */
  readonly description?: string;
  /** The key under `components.securitySchemes` of the OpenAPI document. */
  readonly schemeName?: string;
  /** What the credential is for, in the challenge of a 401. Default `api`. */
  readonly realm?: string;
}

/** What a scheme gives: with `optional`, it may be undefined. */
export type Credential<T, Optional extends boolean> = Optional extends true ? T | undefined : T;

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

function refuse(where: string, what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_SECURITY_SCHEME", { where, what, why, fix });
}

/** Refuses what cannot stand as a word in a header. */
export function checkToken(where: string, text: string): string {
  if (token.test(text)) return text;
  throw refuse(
    where,
    text,
    "holds characters that a scheme or name in a header cannot have",
    "Use letters, digits and hyphens",
  );
}

function quoted(where: string, text: string): string {
  if (hasControl(text) || !/^[\x20-\x7e]*$/.test(text)) {
    throw refuse(where, text, "holds characters that a header cannot have", "Use printable ASCII");
  }
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** A scheme in the making: how it is described, challenged and read. */
export interface Scheme<T> {
  readonly where: string;
  readonly name: string;
  readonly scheme: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
  /** The scheme's word in a challenge. */
  readonly word: string;
  readonly parameters?: readonly string[];
  /** What a 401 says of a credential that was sent and cannot be right. */
  readonly malformed?: string;
  readonly find: (head: RequestHead) => Found;
  /** Undefined when the text is not one of this scheme. */
  readonly parse: (text: string) => T | undefined;
}

/** Makes the provider of a scheme. */
export function schemeProvider<T, Optional extends boolean>(
  scheme: Scheme<T>,
  { optional = false as Optional, description, schemeName, realm = "api" }: SchemeOptions<Optional>,
): Provider<Credential<T, Optional>, "request", never> {
  const { where, find, parse, scopes, word } = scheme;
  const parameters = [`realm=${quoted(where, realm)}`, ...(scheme.parameters ?? [])];
  if (scopes.length > 0) parameters.push(`scope=${quoted(where, scopes.join(" "))}`);
  const challenge = `${word} ${parameters.join(", ")}`;
  const malformedChallenge = [challenge, ...(scheme.malformed === undefined ? [] : [scheme.malformed])].join(", ");
  const refused = (detail: string, header: string): Error =>
    new Unauthorized(detail, { headers: { "www-authenticate": header } });
  return provider({
    kind: "scheme",
    name: schemeName ?? scheme.name,
    scheme: description === undefined ? scheme.scheme : { ...scheme.scheme, description },
    scopes,
    optional,
    challenge,
    read: (head) => {
      const found = find(head);
      if (found.kind === "absent") {
        if (optional) return undefined;
        throw refused("No credential was sent", challenge);
      }
      const value = found.kind === "found" ? parse(found.text) : undefined;
      if (value === undefined) throw refused("The credential is malformed", malformedChallenge);
      return value;
    },
  });
}

/** What the schemes share whose credential is a token in the authorization header. */
export function tokenScheme(
  about: Pick<Scheme<string>, "where" | "name" | "scheme" | "scopes"> & { readonly prefix: string },
): Scheme<string> {
  const word = checkToken(about.where, about.prefix);
  return {
    ...about,
    word,
    malformed: 'error="invalid_token"',
    find: (head) => authorization(head, word),
    parse: (text) => text,
  };
}
