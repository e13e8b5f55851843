import type { DatabaseCall, DatabaseTracer } from "./database-tracer.ts";
import { errorType } from "./failure.ts";
import { recordedParent, runSpan, type Spans } from "./spans.ts";

function attributesOf({ system, operation, text, namespace, address, port }: DatabaseCall) {
  return {
    "db.system.name": system,
    "db.operation.name": operation,
    ...(text === undefined ? {} : { "db.query.text": text }),
    ...(namespace === undefined ? {} : { "db.namespace": namespace }),
    ...(address === undefined ? {} : { "server.address": address }),
    ...(port === undefined ? {} : { "server.port": port }),
  };
}

/** Makes spans of statements that run for something that is traced. */
export function traceQueries(spans: Spans): DatabaseTracer {
  const { api, tracer } = spans;
  return (call, run) => {
    const parent = recordedParent(spans);
    if (parent === undefined) return run();
    const name = call.namespace === undefined ? call.operation : `${call.operation} ${call.namespace}`;
    const span = tracer.startSpan(name, { kind: api.SpanKind.CLIENT, attributes: attributesOf(call) }, parent);
    return runSpan(spans, span, parent, async () => {
      try {
        return await run();
      } catch (error) {
        const code = errorType(error);
        // The databases' own code for what went wrong, where SQL has one.
        if (/^[0-9A-Z]{5}$/.test(code)) span.setAttribute("db.response.status_code", code);
        throw error;
      }
    });
  };
}
