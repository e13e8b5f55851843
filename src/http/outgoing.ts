import { answerContent } from "../contract/answer.ts";
import type { Encoded } from "../contract/responses.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { RequestContext } from "./context.ts";
import type { RouteRuntime } from "./route-runtime.ts";

/** What goes out: text that is ready, or an answer whose bytes come from elsewhere. */
export interface Outgoing {
  readonly status: number;
  readonly text: string | undefined;
  readonly value: unknown;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly special: boolean;
}

function invalidResponse(runtime: RouteRuntime, encoded: Extract<Encoded, { ok: false }>): KilnError {
  const [first] = encoded.issues;
  const paths = encoded.issues.map(({ path, message }) => `${path.join(".") || "(the value)"}: ${message}`);
  return new KilnError("KILN_RESPONSE_INVALID", {
    where: runtime.where,
    what: first === undefined ? "" : first.path.join("."),
    why: `does not fit what the route returns (${paths.join("; ")})`,
    fix: "Return a value that fits, or change the schema in `returns`",
  });
}

/**
 * Makes the answer of what a handler has returned.
 *
 * @throws KilnError KILN_RESPONSE_INVALID, thrown or as a rejection, when the value does not fit what the route returns
 */
export function outgoing(context: RequestContext, runtime: RouteRuntime, value: unknown): Outgoing | Promise<Outgoing> {
  const content = answerContent(value);
  const chosen = context.replyState?.status;
  if (content !== undefined) {
    // `answerContent` has told that this is an answer.
    const { status, headers } = value as { status: number | undefined; headers: Readonly<Record<string, string>> };
    const actual = status ?? chosen ?? (runtime.responses.status === 204 ? 200 : runtime.responses.status);
    if (content.kind !== "value" && content.kind !== "empty") {
      return { status: actual, text: undefined, value, headers, special: true };
    }
    // A redirect and the like: no schema describes an answer that has a Location and no body.
    if (content.kind === "empty" && actual >= 300 && actual < 400) {
      return { status: actual, text: undefined, value: undefined, headers, special: false };
    }
    return encode(runtime, actual, content.kind === "value" ? content.value : undefined, headers);
  }
  const usual = chosen ?? runtime.responses.status;
  return encode(runtime, usual, value, undefined);
}

function encode(
  runtime: RouteRuntime,
  status: number,
  value: unknown,
  headers: Outgoing["headers"],
): Outgoing | Promise<Outgoing> {
  const encoded = runtime.responses.encode(status, value);
  if (!(encoded instanceof Promise)) return ready(runtime, status, headers, encoded);
  return encoded.then((settled) => ready(runtime, status, headers, settled));
}

function ready(runtime: RouteRuntime, status: number, headers: Outgoing["headers"], encoded: Encoded): Outgoing {
  if (!encoded.ok) throw invalidResponse(runtime, encoded);
  const actual = encoded.text === undefined && status === 200 ? 204 : status;
  return { status: actual, text: encoded.text, value: undefined, headers, special: false };
}
