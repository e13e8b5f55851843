// Registers an SDK whose spans go nowhere: what is measured is the making of them. TRACE=unsampled records none.
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { AlwaysOffSampler, AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const exporter = {
  export: (_spans: unknown, done: (result: { code: number }) => void): void => done({ code: ExportResultCode.SUCCESS }),
  shutdown: (): Promise<void> => Promise.resolve(),
};
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(
  new TracerProvider({
    sampler: process.env.TRACE === "unsampled" ? new AlwaysOffSampler() : new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  }),
);
