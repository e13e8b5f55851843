import type { RootLogger } from "../logging/logger.ts";
import type { TaskRunner } from "../tasks/background.ts";
import type { RequestContext } from "./context.ts";
import type { Deadlines } from "./deadlines.ts";
import type { ErrorHandlers } from "./error-handlers.ts";
import type { JsonWriter } from "./head.ts";
import type { LinkedList } from "./linked-list.ts";
import type { LoadMonitor } from "./load.ts";
import type { RequestTracing } from "./request-tracing.ts";
import type { Traffic } from "./traffic.ts";

/** What all requests of a running app share. */
export interface ServerState {
  readonly log: RootLogger;
  readonly tasks: TaskRunner;
  readonly errorHandlers: ErrorHandlers;
  /** What the `type` of a problem starts with. */
  readonly problemBase: string;
  readonly production: boolean;
  /** Deadline of requests whose route names none, in milliseconds; 0 for none. */
  readonly timeout: number;
  /** The most bytes that a body may have where the route does not say. */
  readonly bodyLimit: number;
  readonly deadlines: Deadlines<RequestContext>;
  /** Requests from arrival until their last clean-up. */
  readonly active: LinkedList<RequestContext>;
  /** Called whenever a request comes, but for those that ask how the app is. */
  onArrival: (() => void) | undefined;
  /** Called whenever a request leaves `active`. */
  onLeave: (() => void) | undefined;
  /** Keeps work that goes on after a request has left, until it ends; shutdown waits for it. */
  readonly track: (work: Promise<unknown>) => void;
  /** What `track` keeps now. */
  readonly tracked: ReadonlySet<Promise<unknown>>;
  draining: boolean;
  /** Whether the app has reached for Fastify itself, or a tool has, so that a plugin may have a say in answers. */
  hasPlugins: boolean;
  /** Whether nobody but Fastify listens to the requests of the server. */
  isListenedAlone: boolean;
  readonly writeJson: JsonWriter;
  readonly load: LoadMonitor;
  /** Requests that have ended, for the metrics. */
  readonly traffic: Traffic;
  /** Runs code for a request: `runFor`, or what tracing has in its place. */
  readonly enter: <T>(context: RequestContext, fn: () => T) => T;
  readonly tracing: RequestTracing | undefined;
}
