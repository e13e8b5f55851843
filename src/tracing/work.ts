import type { Link } from "@opentelemetry/api";
import type { JobTracing, TraceCarrier, TracedRun } from "../jobs/job-tracing.ts";
import { currentActivity } from "../logging/context.ts";
import type { TraceTask } from "../tasks/background.ts";
import { recordFailure } from "./failure.ts";
import { bindIds, runSpan, type Spans } from "./spans.ts";

/** Makes spans of background tasks: children of what added them, though they begin after it has ended. */
export function traceTasks(spans: Spans): TraceTask {
  const { api, tracer } = spans;
  return (name, run) => {
    const parent = api.context.active();
    return () => {
      const span = tracer.startSpan(`task ${name}`, { attributes: { "code.function.name": name } }, parent);
      bindIds(spans, currentActivity()?.log, span);
      return runSpan(spans, span, parent, run);
    };
  };
}

/** The conventions for messages: each job is one, and the queue of its name where it goes. */
function attributesOf(name: string, operation: "send" | "process"): Record<string, string> {
  return {
    "messaging.system": "pg_boss",
    "messaging.destination.name": name,
    "messaging.operation.name": operation,
    "messaging.operation.type": operation,
  };
}

/** Makes spans of jobs. A run is a trace of its own, with links to the spans that enqueued its jobs. */
export function traceJobs(spans: Spans): JobTracing {
  const { api, tracer } = spans;

  function linksOf({ jobs }: TracedRun): Link[] {
    return jobs.flatMap(({ carrier }) => {
      const origin =
        carrier === undefined
          ? undefined
          : api.trace.getSpanContext(api.propagation.extract(api.ROOT_CONTEXT, carrier));
      return origin === undefined ? [] : [{ context: origin }];
    });
  }

  function aboutJobs({ jobs }: TracedRun): Record<string, string | number> {
    const [only, ...others] = jobs;
    if (only === undefined || others.length > 0) return { "messaging.batch.message_count": jobs.length };
    return { "messaging.message.id": only.id, "kiln.job.attempt": only.attempt };
  }

  return {
    enqueue: (name, put) => {
      const parent = api.context.active();
      const options = { kind: api.SpanKind.PRODUCER, attributes: attributesOf(name, "send") };
      const span = tracer.startSpan(`send ${name}`, options, parent);
      return runSpan(spans, span, parent, async () => {
        const carrier: Record<string, string> = {};
        api.propagation.inject(api.context.active(), carrier);
        const id = await put(carrier satisfies TraceCarrier);
        span.setAttribute("messaging.message.id", id);
        return id;
      });
    },
    run: (about, run, failures) => {
      const attributes = { ...attributesOf(about.name, "process"), ...aboutJobs(about) };
      const options = { kind: api.SpanKind.CONSUMER, root: true, links: linksOf(about), attributes };
      const span = tracer.startSpan(`process ${about.name}`, options, api.ROOT_CONTEXT);
      bindIds(spans, about.log, span);
      return runSpan(spans, span, api.ROOT_CONTEXT, async () => {
        const given = await run();
        for (const error of failures(given)) recordFailure(span, error);
        return given;
      });
    },
  };
}
