import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Span } from "@opentelemetry/api";
import { loggablePath } from "../logging/url.ts";
import { recordFailure } from "./failure.ts";
import type { Spans } from "./spans.ts";

/** What undici says of a request on its channels; Node's own fetch is undici. */
interface OutgoingRequest {
  readonly origin: string | URL;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly unknown[] | string;
  addHeader(name: string, value: string): void;
}

const noSecrets: ReadonlySet<string> = new Set();

function hasHeader({ headers }: OutgoingRequest, name: string): boolean {
  const names = typeof headers === "string" ? headers.split(/:.*\r?\n/) : headers.filter((_, i) => i % 2 === 0);
  return names.some((each) => String(each).toLowerCase() === name);
}

/**
 * Makes spans of what fetch and undici send, and tells the other side which trace it belongs to. Node publishes these
 * requests itself, so nothing is patched.
 *
 * @returns ends it
 */
export function traceOutgoing({ api, tracer }: Spans): () => void {
  const { context, propagation, trace } = api;
  const open = new WeakMap<OutgoingRequest, Span>();

  // Somebody who has put the trace on it follows the request already.
  function isTaken(request: OutgoingRequest): boolean {
    return propagation.fields().some((name) => name !== "baggage" && hasHeader(request, name));
  }

  function create(request: OutgoingRequest): void {
    const parent = context.active();
    if (trace.getSpan(parent) === undefined || isTaken(request)) return;
    const { method } = request;
    const url = new URL(request.path, request.origin);
    const span = tracer.startSpan(
      method,
      {
        kind: api.SpanKind.CLIENT,
        attributes: {
          "http.request.method": method,
          "url.full": loggablePath(url.href, noSecrets),
          "server.address": url.hostname,
          "server.port": Number(url.port || (url.protocol === "https:" ? 443 : 80)),
        },
      },
      parent,
    );
    propagation.inject(trace.setSpan(parent, span), request, {
      set: (carrier, name, value) => carrier.addHeader(name, value),
    });
    open.set(request, span);
  }

  function answered(request: OutgoingRequest, status: number): void {
    const span = open.get(request)?.setAttribute("http.response.status_code", status);
    if (status >= 400) span?.setAttribute("error.type", String(status)).setStatus({ code: api.SpanStatusCode.ERROR });
  }

  function end(request: OutgoingRequest, error?: unknown): void {
    const span = open.get(request);
    if (span === undefined) return;
    open.delete(request);
    if (error !== undefined) recordFailure(span, error);
    span.end();
  }

  // Of each message only the parts are used that undici documents for its channel.
  const channels = {
    create: (message: unknown) => create((message as { request: OutgoingRequest }).request),
    headers: (message: unknown) => {
      const { request, response } = message as { request: OutgoingRequest; response: { statusCode: number } };
      answered(request, response.statusCode);
    },
    trailers: (message: unknown) => end((message as { request: OutgoingRequest }).request),
    error: (message: unknown) => {
      const { request, error } = message as { request: OutgoingRequest; error: unknown };
      end(request, error);
    },
  };
  for (const [name, listen] of Object.entries(channels)) subscribe(`undici:request:${name}`, listen);
  return () => {
    for (const [name, listen] of Object.entries(channels)) unsubscribe(`undici:request:${name}`, listen);
  };
}
