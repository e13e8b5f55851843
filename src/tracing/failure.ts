import type { Span } from "@opentelemetry/api";
import { HttpError } from "../contract/http-error.ts";
import { readSafely, safeText } from "../logging/safe-value.ts";

/** `SpanStatusCode.ERROR`; the package itself is loaded at run time only. */
const statusError = 2;
// An error passes through several spans on its way out; the innermost one tells it in full.
const told = new WeakSet<object>();

function textOf(error: object, name: string): string | undefined {
  const value = readSafely(error, name);
  return typeof value === "string" && value !== "" ? safeText(value) : undefined;
}

/** A word of few different ones for what an error is: a stable code, else the name of its class. */
export function errorType(error: unknown): string {
  if (error instanceof HttpError) return error.code;
  if (!(error instanceof Error)) return typeof error;
  return textOf(error, "code") ?? textOf(error, "name") ?? "Error";
}

/**
 * Marks a span as failed. An answer that was planned for the client, such as a 404, is no failure of the service: the span
 * says what it was and nothing more.
 */
export function recordFailure(span: Span, error: unknown): void {
  span.setAttribute("error.type", errorType(error));
  if (error instanceof HttpError && error.status < 500) return;
  const message = error instanceof Error ? textOf(error, "message") : safeText(String(error));
  span.setStatus({ code: statusError, ...(message === undefined ? {} : { message }) });
  if (!(error instanceof Error) || told.has(error)) return;
  told.add(error);
  const name = textOf(error, "name") ?? "Error";
  const stack = textOf(error, "stack");
  span.recordException({ name, message: message ?? "", ...(stack === undefined ? {} : { stack }) });
}
