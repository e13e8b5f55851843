/** A value in a query string; a list is sent as the same name several times, undefined is left out. */
export type QueryValue = string | number | bigint | boolean | Date | null | undefined;

/** What a request of a test carries. */
export interface TestRequest {
  /** The body as JSON; sets the content type unless `headers` names one. */
  readonly json?: unknown;
  /** The body as it is; its content type is yours to name in `headers`, except that of `URLSearchParams`. */
  readonly body?: string | Uint8Array | URLSearchParams;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Added to the query of the path, if that has one. */
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[]>> | URLSearchParams;
  /** Cookies of this request alone, beside those of the jar. */
  readonly cookies?: Readonly<Record<string, string>>;
  /** When it aborts, the client leaves: the app's `signal` aborts and the call rejects. */
  readonly signal?: AbortSignal;
}

/** A request as it goes out, in process or over a socket. */
export interface Outgoing {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

function queryText(query: NonNullable<TestRequest["query"]>): string {
  if (query instanceof URLSearchParams) return query.toString();
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) params.append(name, item instanceof Date ? item.toISOString() : String(item));
    }
  }
  return params.toString();
}

function targetOf(path: string, query: TestRequest["query"]): string {
  const text = query === undefined ? "" : queryText(query);
  if (text === "") return path;
  return `${path}${path.includes("?") ? "&" : "?"}${text}`;
}

function bodyOf(request: TestRequest): { readonly bytes: Uint8Array | undefined; readonly type: string | undefined } {
  const { json, body } = request;
  if (json !== undefined) return { bytes: Buffer.from(JSON.stringify(json)), type: "application/json" };
  if (body instanceof URLSearchParams) {
    return { bytes: Buffer.from(body.toString()), type: "application/x-www-form-urlencoded" };
  }
  return { bytes: typeof body === "string" ? Buffer.from(body) : body, type: undefined };
}

function headersOf(given: TestRequest["headers"] = {}): Record<string, string | string[]> {
  const sent = Object.entries(given).filter((entry) => entry[1] !== undefined);
  // What is undefined has just been left out.
  const pairs = sent.map(([name, value]) => [
    name.toLowerCase(),
    typeof value === "string" ? value : [...(value as string[])],
  ]);
  return Object.fromEntries(pairs);
}

/**
 * Puts a request together.
 *
 * @param method in any case
 * @param path starts with a slash; may hold a query
 * @param request what it carries
 * @param cookie the value of the `Cookie` header
 */
export function buildRequest(method: string, path: string, request: TestRequest, cookie: string | undefined): Outgoing {
  const { bytes, type } = bodyOf(request);
  const usual: Record<string, string> = {};
  if (type !== undefined) usual["content-type"] = type;
  if (cookie !== undefined) usual.cookie = cookie;
  return {
    method: method.toUpperCase(),
    target: targetOf(path, request.query),
    headers: { ...usual, ...headersOf(request.headers) },
    body: bytes,
    signal: request.signal,
  };
}
