/** What a case sends beside method and path. */
export interface Call {
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | Uint8Array;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back; `json` is undefined when the body is none. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

type Verb = (path: string, call?: Call) => Promise<Answer>;

/** The API under test. Paths are those below `/api`. */
export interface Api {
  readonly get: Verb;
  readonly post: Verb;
  readonly put: Verb;
  readonly delete: Verb;
  call(method: string, path: string, call?: Call): Promise<Answer>;
}

/** One request with nothing added to it. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

export type Send = (request: Request) => Promise<{ status: number; headers: Headers; text: string }>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The API by way of something that sends requests. */
export function apiOver(send: () => Send): Api {
  async function call(method: string, path: string, { json, body, token, headers }: Call = {}): Promise<Answer> {
    const answer = await send()({
      method,
      path: `/api${path}`,
      headers: {
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Token ${token}` }),
        ...headers,
      },
      body: json === undefined ? body : JSON.stringify(json),
    });
    return { ...answer, json: parsed(answer.text) };
  }
  const verb =
    (method: string): Verb =>
    (path, options) =>
      call(method, path, options);
  return { call, get: verb("GET"), post: verb("POST"), put: verb("PUT"), delete: verb("DELETE") };
}
