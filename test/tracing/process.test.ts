import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { service } from "../server/service.ts";

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
}

// A collector, as far as a test needs one.
const spans: SentSpan[] = [];
const collector = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
  for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
  response.writeHead(200, { "content-type": "application/json" }).end("{}");
});
before(() => once(collector.listen(0, "127.0.0.1"), "listening"));
after(() => {
  collector.closeAllConnections();
  collector.close();
});

/** The file of the docs, with packages named by where they are: the project of a test has none of its own. */
function instrumentation(): string {
  return `import { context, propagation, trace } from "${import.meta.resolve("@opentelemetry/api")}";
import { AsyncLocalStorageContextManager } from "${import.meta.resolve("@opentelemetry/context-async-hooks")}";
import { W3CTraceContextPropagator } from "${import.meta.resolve("@opentelemetry/core")}";
import { OTLPTraceExporter } from "${import.meta.resolve("@opentelemetry/exporter-trace-otlp-http")}";
import { BatchSpanProcessor, TracerProvider } from "${import.meta.resolve("@opentelemetry/sdk-trace")}";
const exporter = new OTLPTraceExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] }));
`;
}

const app = `import { kiln } from "kilnjs";
export const app = kiln({ title: "Traced", tracing: true });
app.get("/", {}, () => "hello");
`;

function collectorEnv(): Record<string, string> {
  const { port } = collector.address() as AddressInfo;
  return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: "600000" };
}

async function served(main: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  spans.length = 0;
  const files = { "src/instrumentation.ts": instrumentation() };
  const one = service(main, args, { files, env: { ...collectorEnv(), ...env } });
  const { text } = await one.get("/");
  assert.equal(text, '"hello"');
  await one.server.end("SIGTERM");
}

test("an app that imports its instrumentation first hands its spans out before it ends", async () => {
  await served(`import "./instrumentation.ts";\n${app}`, [], {});
  assert.deepEqual(spans.map(({ name }) => name).toSorted(), ["GET /", "handler"]);
});

test("with --import in NODE_OPTIONS every worker has it", async () => {
  await served(app, ["--workers", "2"], { NODE_OPTIONS: "--import=./src/instrumentation.ts" });
  assert.deepEqual(spans.map(({ name }) => name).toSorted(), ["GET /", "handler"]);
});
