import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** What a test reads of a span. */
export interface Seen {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly exceptions: readonly unknown[];
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly links: readonly string[];
}

/** A registered SDK, as an app's `instrumentation.ts` has it, that keeps its spans. */
export interface Sdk {
  /** The spans that have ended since the last call, in the order in which they began. */
  take(): readonly Seen[];
}

function seen(span: ReadableSpan): Seen {
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    status: SpanStatusCode[span.status.code],
    attributes: span.attributes,
    exceptions: span.events.filter(({ name }) => name === "exception").map(({ attributes }) => attributes),
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parentId: span.parentSpanContext?.spanId,
    links: span.links.map((link) => link.context.spanId),
  };
}

/** Registers an SDK for this process. */
export function registerSdk(): Sdk {
  const exporter = new InMemorySpanExporter();
  const order: string[] = [];
  const noted = {
    onStart: (span: ReadableSpan) => void order.push(span.spanContext().spanId),
    onEnd: () => {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [noted, new SimpleSpanProcessor({ exporter })] }));
  return {
    take: () => {
      const spans = exporter.getFinishedSpans().map(seen);
      exporter.reset();
      return spans.toSorted((a, b) => order.indexOf(a.spanId) - order.indexOf(b.spanId));
    },
  };
}

/** Spans as indented names, each below the one it lies in. */
export function treeOf(spans: readonly Seen[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const below = (id: string | undefined, indent: string): string[] =>
    spans
      .filter(({ parentId }) => (id === undefined ? !ids.has(parentId ?? "") : parentId === id))
      .flatMap(({ name, spanId }) => [`${indent}${name}`, ...below(spanId, `${indent}  `)]);
  return below(undefined, "");
}

/** The one span of this name. */
export function named(spans: readonly Seen[], name: string): Seen {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} spans are called "${name}"`);
  return found[0];
}
