import type { Attributes, Context, Span } from "@opentelemetry/api";
import type { RequestContext } from "../http/context.ts";
import type { RequestTracing } from "../http/request-tracing.ts";
import { runFor } from "../logging/context.ts";
import { errorType, recordFailure } from "./failure.ts";
import { bindIds, type Spans } from "./spans.ts";

const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);

interface OpenSpan {
  readonly span: Span;
  readonly context: Context;
}

/** The attributes of OpenTelemetry's conventions for HTTP servers, except those that tell who the client is. */
function attributesOf({ request, shownPath }: RequestContext, route: string | undefined): Attributes {
  const known = methods.has(request.method);
  const question = shownPath.indexOf("?");
  const { hostname, port } = request;
  return {
    "http.request.method": known ? request.method : "_OTHER",
    "url.path": question < 0 ? shownPath : shownPath.slice(0, question),
    "url.scheme": request.protocol,
    "network.protocol.version": request.raw.httpVersion,
    ...(question < 0 ? {} : { "url.query": shownPath.slice(question + 1) }),
    ...(route === undefined ? {} : { "http.route": route }),
    ...(hostname ? { "server.address": hostname } : {}),
    ...(port ? { "server.port": port } : {}),
  };
}

/** Makes spans of requests. */
export function traceRequests(spans: Spans): RequestTracing {
  const { api, tracer } = spans;
  const open = new WeakMap<RequestContext, OpenSpan>();
  // Requests run in the async context of who began to listen; a span that was open there is none of theirs.
  const atStart = api.trace.getSpan(api.context.active());

  function parentOf(request: RequestContext): { readonly parent: Context; readonly isServer: boolean } {
    const active = api.context.active();
    const outer = api.trace.getSpan(active);
    // Somebody else's instrumentation of node:http has begun the server's span.
    if (outer !== undefined && outer !== atStart) return { parent: active, isServer: false };
    return { parent: api.propagation.extract(api.ROOT_CONTEXT, request.headers), isServer: true };
  }

  return {
    begin: (request) => {
      // Probes come every few seconds and say nothing.
      if (request.runtime?.direct === true) return;
      const route = request.name ?? request.request.routeOptions.url;
      const { parent, isServer } = parentOf(request);
      const method = methods.has(request.method) ? request.method : "HTTP";
      const kind = isServer ? api.SpanKind.SERVER : api.SpanKind.INTERNAL;
      const name = route === undefined ? method : `${method} ${route}`;
      const span = tracer.startSpan(name, { kind, attributes: attributesOf(request, route) }, parent);
      bindIds(spans, request.log, span);
      open.set(request, { span, context: api.trace.setSpan(parent, span) });
    },
    enter: (request, fn) => {
      const found = open.get(request);
      return runFor(request, found === undefined ? fn : () => api.context.with(found.context, fn));
    },
    end: (request, status, aborted) => {
      const span = open.get(request)?.span;
      if (span === undefined) return;
      if (!aborted || request.reply.raw.headersSent) span.setAttribute("http.response.status_code", status);
      const failure = request.ended;
      // A client that leaves is no failure of the service.
      if (aborted) span.setAttribute("error.type", failure === undefined ? "client_gone" : errorType(failure.error));
      else if (status >= 500 && failure !== undefined) recordFailure(span, failure.error);
      else if (status >= 500) {
        span.setAttribute("error.type", String(status)).setStatus({ code: api.SpanStatusCode.ERROR });
      } else if (failure !== undefined) span.setAttribute("error.type", errorType(failure.error));
      span.end();
    },
  };
}
