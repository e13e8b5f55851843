import type { Context, Span, Tracer } from "@opentelemetry/api";
import type { Logger } from "../logging/logger.ts";
import { recordFailure } from "./failure.ts";

/** The API of OpenTelemetry as it was loaded. */
export type Api = typeof import("@opentelemetry/api");

/** What all parts of tracing share. */
export interface Spans {
  readonly api: Api;
  readonly tracer: Tracer;
  /** The names under which a log line carries the ids. */
  readonly logNames: { readonly trace: string; readonly span: string };
}

/** Puts the ids of a span on the lines that a logger writes from now on. */
export function bindIds({ api, logNames }: Spans, log: Logger | undefined, span: Span): void {
  const ids = span.spanContext();
  if (api.isSpanContextValid(ids)) log?.bind({ [logNames.trace]: ids.traceId, [logNames.span]: ids.spanId });
}

/**
 * Runs `fn` inside of a span and ends the span with it.
 *
 * @param parent the context that the span was begun in
 */
export async function runSpan<T>({ api }: Spans, span: Span, parent: Context, fn: () => T | Promise<T>): Promise<T> {
  try {
    return await api.context.with(api.trace.setSpan(parent, span), fn);
  } catch (error) {
    recordFailure(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/**
 * The context that the calling code runs in, when it lies in a span that goes to the collector; one that has ended counts,
 * for clean-ups follow it. What lies in none would be a trace without its beginning.
 */
export function recordedParent({ api }: Spans): Context | undefined {
  const active = api.context.active();
  const span = api.trace.getSpan(active);
  return span !== undefined && (span.spanContext().traceFlags & api.TraceFlags.SAMPLED) !== 0 ? active : undefined;
}
