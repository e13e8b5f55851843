import { importPeerNow } from "../errors/peer.ts";
import { traceCalls } from "./calls.ts";
import { addDatabaseTracer } from "./database-tracer.ts";
import type { TracingOptions } from "./options.ts";
import { traceOutgoing } from "./outgoing.ts";
import { traceQueries } from "./queries.ts";
import { traceRequests } from "./requests.ts";
import type { Api, Spans } from "./spans.ts";
import type { Tracing } from "./tracing.ts";
import { traceJobs, traceTasks } from "./work.ts";

/** How an app's telemetry is set up. */
export interface TelemetryParts {
  readonly options: TracingOptions;
  /** Kiln's own. */
  readonly version: string;
  readonly logNames: Spans["logNames"];
}

/**
 * Loads the API of OpenTelemetry.
 *
 * @param provider the tracer provider that is registered
 * @returns undefined when the package is of a version that does not see it
 * @throws KilnError KILN_PEER_MISSING
 */
export function loadApi(provider: unknown): Api | undefined {
  // The package is what its name says.
  const api = importPeerNow("@opentelemetry/api", "kiln({ tracing })") as Api;
  return api.trace.getTracerProvider() === provider ? api : undefined;
}

let outgoing: { readonly end: () => void; users: number } | undefined;

/** What goes out is seen once for the whole process, however many apps run in it. */
function followOutgoing(spans: Spans): () => void {
  outgoing ??= { end: traceOutgoing(spans), users: 0 };
  const shared = outgoing;
  shared.users += 1;
  return () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.end();
    outgoing = undefined;
  };
}

interface Flushing {
  forceFlush?(): Promise<void>;
  getDelegate?(): Flushing;
}

async function flush(api: Api, budget: number): Promise<void> {
  // The SDK's provider stands behind the one that the API registers.
  const registered = api.trace.getTracerProvider() as Flushing;
  const provider = registered.getDelegate?.() ?? registered;
  const { promise: overdue, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, budget);
  await Promise.race([provider.forceFlush?.(), overdue]).finally(() => clearTimeout(timer));
}

/** Puts the parts of tracing together. */
export function createTracing(api: Api, { options, version, logNames }: TelemetryParts): Tracing {
  const spans: Spans = { api, tracer: api.trace.getTracer("kilnjs", version), logNames };
  const ends = [
    ...(options.fetch === false ? [] : [followOutgoing(spans)]),
    ...(options.queries === false ? [] : [addDatabaseTracer(traceQueries(spans))]),
  ];
  return {
    requests: traceRequests(spans),
    call: traceCalls(spans),
    task: traceTasks(spans),
    jobs: traceJobs(spans),
    close: async (budget) => {
      for (const end of ends.splice(0)) end();
      await flush(api, budget);
    },
  };
}
