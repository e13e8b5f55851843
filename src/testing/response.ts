import { KilnError } from "../errors/kiln-error.ts";

/** What an app answered; the same in process and over a socket. */
export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it came. */
  readonly bytes: Uint8Array;
  /** The body as UTF-8 text. */
  text(): string;
  /**
   * The body as JSON. The type is taken on trust: say what the test expects.
   *
   * @throws KilnError KILN_TEST_NOT_JSON when it is none
   */
  json<T = unknown>(): T;
}

/** Header names and values in the order in which they came. */
export type HeaderPairs = Iterable<readonly [string, string]>;

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function notJson(request: string, status: number, text: string, cause: unknown): KilnError {
  return new KilnError("KILN_TEST_NOT_JSON", {
    where: `the answer to ${request}`,
    what: shortened(text),
    why: text === "" ? `is an empty body (status ${status})` : `is no JSON (status ${status})`,
    fix: "Look at the status first, or read the body with text()",
    cause,
  });
}

/** Wraps an answer; `request` names what it answers, for messages. */
export function createResponse(request: string, status: number, pairs: HeaderPairs, bytes: Uint8Array): TestResponse {
  const headers = new Headers();
  for (const [name, value] of pairs) headers.append(name, value);
  const text = (): string => new TextDecoder().decode(bytes);
  return {
    status,
    headers,
    bytes,
    text,
    json: <T>(): T => {
      try {
        // The caller says what it expects; an assertion in the test is what checks it.
        return JSON.parse(text()) as T;
      } catch (cause) {
        throw notJson(request, status, text(), cause);
      }
    },
  };
}
