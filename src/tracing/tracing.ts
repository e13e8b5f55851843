import type { RequestTracing } from "../http/request-tracing.ts";
import type { TraceCall } from "../inject/trace-call.ts";
import type { JobTracing } from "../jobs/job-tracing.ts";
import type { TraceTask } from "../tasks/background.ts";

/** The tracing of one app: what each part of it is composed with. */
export interface Tracing {
  readonly requests: RequestTracing;
  readonly call: TraceCall;
  readonly task: TraceTask;
  readonly jobs: JobTracing;
  /** Resolves when every span has been handed on, or after so many milliseconds. */
  close(budget: number): Promise<void>;
}
