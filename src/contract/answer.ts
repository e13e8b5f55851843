import type { Readable } from "node:stream";
import { checkHeader } from "./header-check.ts";

const content: unique symbol = Symbol.for("kilnjs.answer");

/** The content of an {@link Answer}. */
export type AnswerContent =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "text"; readonly type: string; readonly text: string | Uint8Array }
  | { readonly kind: "stream"; readonly type: string; readonly stream: Readable }
  | { readonly kind: "file"; readonly root: string; readonly path: string }
  | { readonly kind: "empty" };

/** A finished answer that a handler may return instead of a plain value: another status, a redirect, a stream, a file. */
export interface Answer<S extends number | "special" = number | "special", T = unknown> {
  readonly [content]: AnswerContent;
  readonly status: S extends number ? S : number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Exists for the compiler only, as does `of`. A function, or an answer without a value would fit any optional one. */
  readonly value?: () => T;
  readonly of?: S;
}

/**
 * Answers with one of the statuses that `returns` declares beside the usual one.
 *
 * @param status the HTTP status
 * @param value what the schema of that status takes; absent where it has none
 * @param headers further headers
 * @throws TypeError for a header that HTTP does not allow, or that frames the message
 *
 * @example
 * ```ts
 * import { answer, model, path, router } from "kilnjs";
 * import { z } from "zod";
 * const Found = model("Found", { id: z.int() });
 * const Gone = model("Gone", { since: z.int() });
 * router().get("/things/:id", { needs: { id: path(z.int()) }, returns: { 200: Found, 410: Gone } }, ({ id }) =>
 *   id < 100 ? answer(410, { since: 1999 }) : { id },
 * );
 * ```
 */
export function answer<const S extends number>(status: S): Answer<S, undefined>;
export function answer<const S extends number, const T>(
  status: S,
  value: T,
  headers?: Readonly<Record<string, string>>,
): Answer<S, T>;
export function answer(
  status: number,
  value?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer<number> {
  for (const [name, text] of Object.entries(headers)) checkHeader(name, text);
  return { [content]: value === undefined ? { kind: "empty" } : { kind: "value", value }, status, headers };
}

/** Makes the answers that no schema describes; `reply` offers them to handlers. */
export function specialAnswer(
  body: AnswerContent,
  status?: number,
  headers: Readonly<Record<string, string>> = {},
): Answer<"special"> {
  return { [content]: body, status, headers };
}

/** Reads the content of an answer, or tells that a value is none. */
export function answerContent(value: unknown): AnswerContent | undefined {
  return typeof value === "object" && value !== null && content in value
    ? // The symbol is Kiln's own, so its value was made by one of the functions above.
      (value as Answer)[content]
    : undefined;
}
