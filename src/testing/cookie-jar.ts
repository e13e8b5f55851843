import { parseSetCookie, type SetCookie, stringifyCookie } from "cookie";

/** The cookies that a test app's client keeps between its requests, as a browser does for one site. */
export interface CookieJar {
  /** The value of a cookie, decoded; undefined when there is none or it has expired. */
  get(name: string): string | undefined;
  /** Sets a cookie as if the app had; it is sent for paths below `path`. Default: every path. */
  set(name: string, value: string, path?: string): void;
  delete(name: string): void;
  clear(): void;
  /** Every cookie that has not expired, by name. */
  all(): Readonly<Record<string, string>>;
}

/** The jar with what the client itself needs of it. */
export interface ClientJar extends CookieJar {
  /** Takes over what a response sets. `path` is that of the request. */
  keep(setCookies: readonly string[], path: string): void;
  /** The `Cookie` header for a request, undefined when there is nothing to send; `once` is sent beside and wins. */
  header(path: string, once: Readonly<Record<string, string>>): string | undefined;
}

interface Kept {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** Milliseconds since 1970; infinite for the length of the session. */
  readonly expires: number;
}

/** RFC 6265 section 5.1.4: what a cookie without a path belongs to. */
function defaultPath(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

function matches(path: string, { path: kept }: Kept): boolean {
  return path === kept || path.startsWith(kept.endsWith("/") ? kept : `${kept}/`);
}

function expiryOf({ maxAge, expires }: SetCookie): number {
  if (maxAge !== undefined) return maxAge <= 0 ? 0 : Date.now() + maxAge * 1000;
  return expires === undefined ? Number.POSITIVE_INFINITY : expires.getTime();
}

/**
 * Makes an empty jar. There is one site only, so `Domain` is not looked at; and as browsers do on localhost, a cookie
 * marked `Secure` is kept and sent although there is no TLS.
 */
export function createCookieJar(): ClientJar {
  const kept = new Map<string, Kept>();
  const put = (cookie: Kept): void => {
    const key = `${cookie.path} ${cookie.name}`;
    // Setting it anew must not move it behind younger ones, so only an expired one is taken out.
    if (cookie.expires <= Date.now()) kept.delete(key);
    else kept.set(key, cookie);
  };
  const live = (): Kept[] => [...kept.values()].filter(({ expires }) => expires > Date.now());
  const remove = (name: string): void => {
    for (const [key, cookie] of kept) if (cookie.name === name) kept.delete(key);
  };
  return {
    get: (name) => live().find((cookie) => cookie.name === name)?.value,
    set: (name, value, path = "/") => put({ name, value, path, expires: Number.POSITIVE_INFINITY }),
    delete: remove,
    clear: () => kept.clear(),
    all: () => Object.fromEntries(live().map(({ name, value }) => [name, value])),
    keep: (setCookies, requestPath) => {
      for (const text of setCookies) {
        const cookie = parseSetCookie(text);
        if (cookie.name === "") continue;
        const path = cookie.path?.startsWith("/") ? cookie.path : defaultPath(requestPath);
        put({ name: cookie.name, value: cookie.value ?? "", path, expires: expiryOf(cookie) });
      }
    },
    header: (path, once) => {
      // Longer paths are the more particular ones; RFC 6265 sends them first, and servers read the first.
      const matching = live().filter((cookie) => matches(path, cookie));
      const ordered = matching.toSorted((a, b) => a.path.length - b.path.length);
      const values = Object.fromEntries(ordered.map(({ name, value }) => [name, value]));
      const header = stringifyCookie({ ...values, ...once });
      return header === "" ? undefined : header;
    },
  };
}
