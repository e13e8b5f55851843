import type { RequestHead } from "./provider.ts";

/** What a request carries of a credential: nothing, something that cannot be one, or its text. */
export type Found = { readonly kind: "absent" } | { readonly kind: "malformed" } | Credential;

/** The text of a credential, not checked against anything. */
export interface Credential {
  readonly kind: "found";
  readonly text: string;
}

const absent: Found = { kind: "absent" };
const malformed: Found = { kind: "malformed" };

/** Longer than any token in use; what is longer would only cost time to look at. */
const longest = 8192;

/** The characters of RFC 9110's token68: what tokens and Base64 are written in. */
const token68 = /^[A-Za-z0-9._~+/-]+={0,2}$/;

// Control characters end up in logs and database keys; none is part of a credential.
const control = /\p{Cc}/u;

/** Tells text that holds control characters. */
export function hasControl(text: string): boolean {
  return control.test(text);
}

/**
 * The credential after `<scheme> ` in the authorization header. Another scheme counts as absent, so that a route may
 * accept several; the same scheme with something else than one token behind it is malformed.
 */
export function authorization(head: RequestHead, scheme: string): Found {
  const { authorization: value } = head.headers;
  if (value === undefined) return absent;
  if (typeof value !== "string") return malformed;
  const space = value.indexOf(" ");
  const sent = space < 0 ? value : value.slice(0, space);
  if (sent.toLowerCase() !== scheme.toLowerCase()) return absent;
  const text = space < 0 ? "" : value.slice(space + 1);
  return text.length <= longest && token68.test(text) ? { kind: "found", text } : malformed;
}

function plain(values: readonly string[]): Found {
  const [text, ...more] = values;
  if (text === undefined) return absent;
  // Two of the same name leave open which counts, and proxies disagree about it.
  if (more.length > 0 || text === "" || text.length > longest || hasControl(text)) return malformed;
  return { kind: "found", text };
}

/** A name may be called like something that every object inherits. */
function own<T>(values: Readonly<Record<string, T | undefined>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** The credential in a header, cookie or query parameter of this name. */
export function named(head: RequestHead, place: "header" | "cookie" | "query", name: string): Found {
  switch (place) {
    case "header": {
      const value = own(head.headers, name.toLowerCase());
      return plain(value === undefined ? [] : [value].flat());
    }
    case "cookie": {
      const value = own(head.cookies, name);
      return plain(value === undefined ? [] : [value]);
    }
    case "query":
      return plain(new URLSearchParams(head.queryString).getAll(name));
    default:
      return place satisfies never;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The user name and password of RFC 7617, or undefined when the text is not exactly that. */
export function basicPair(text: string): { readonly username: string; readonly password: string } | undefined {
  const bytes = Buffer.from(text, "base64");
  // Node skips what is no Base64; a second spelling of the same credential must not pass.
  if (bytes.toString("base64") !== text) return undefined;
  const pair = decodeUtf8(bytes);
  const colon = pair?.indexOf(":") ?? -1;
  if (pair === undefined || colon < 0 || hasControl(pair)) return undefined;
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
