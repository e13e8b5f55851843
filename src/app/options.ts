import type { HttpErrorClass } from "../contract/http-error.ts";
import type { Needs, Provider } from "../contract/provider.ts";
import type { HttpLimits } from "../http/limits.ts";
import type { LoadOptions } from "../http/load-options.ts";
import type { TransportOptions } from "../http/tls.ts";
import type { AnyJob } from "../jobs/job.ts";
import type { LoggingOptions } from "../logging/logger.ts";
import type { BackgroundOptions } from "../tasks/options.ts";
import type { GuardOption } from "../threads/guard/options.ts";
import type { ThreadOptions } from "../threads/pool/options.ts";
import type { StallWatchOption } from "../threads/stall/options.ts";
import type { TracingOption } from "../tracing/options.ts";
import type { HealthOptions } from "./health.ts";

/** What an app is made from; only the title has no default. */
export interface AppOptions extends HttpLimits, TransportOptions {
  /** Heads the OpenAPI document and names the service in the logs. */
  readonly title: string;
  /** The version of the API. Default `0.0.0`. */
  readonly version?: string;
  /** Markdown, for the docs. */
  readonly description?: string;
  /** What `defineSettings` made; loaded before anything opens, so that every problem shows at the start. */
  readonly settings?: Provider<unknown, "app">;
  /** Guards of every route; their values are not handed to handlers. */
  readonly needs?: Needs;
  /** Errors that every route may answer with. */
  readonly raises?: readonly HttpErrorClass[];
  /** Descriptions of tags, in the order in which the docs list them. */
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  /**
   * Who sees `/docs`, `/redoc` and `/openapi.json`: in development everybody and elsewhere nobody (the default),
   * everybody everywhere, nobody, or whoever passes the guards.
   */
  readonly docs?: "development" | "public" | "off" | { readonly needs: Needs };
  /** The path under which a proxy serves the app, for links in the docs. */
  readonly rootPath?: string;
  /** Which proxies may say who the client is: true for all, or addresses and networks. Default: none. */
  readonly trustProxy?: boolean | string | readonly string[];
  /** Where and how the app logs. */
  readonly logging?: LoggingOptions;
  /** What the `type` of a problem starts with. Default `urn:problem-type:`. */
  readonly problemTypeBase?: string;
  /** How many background tasks run and wait, and for how long one may run. */
  readonly background?: BackgroundOptions;
  /**
   * What happens when code of a request, task or job blocks the thread, as `fs.readFileSync` does. Default `warn`; in
   * production nothing is watched.
   */
  readonly guard?: GuardOption;
  /** Beyond which load requests are refused with a 503. */
  readonly load?: LoadOptions;
  /**
   * The jobs that workers run beside those that routes need, as a list or with what is said about all of them. They are
   * kept in the app's database.
   */
  readonly jobs?: readonly AnyJob[] | JobsOptions;
  /** The routes `/health/live` and `/health/ready`; false has none. */
  readonly health?: HealthOptions | false;
  /**
   * Reports what blocks the event loop for longer than `limit`, in milliseconds: 50 by default, 200 in production; false
   * does not look.
   */
  readonly stallWatch?: StallWatchOption;
  /** The threads in which `blocking()` functions run. */
  readonly threads?: ThreadOptions;
  /**
   * Spans of requests, dependencies, statements, what is sent, tasks and jobs. By default when an OpenTelemetry SDK has been
   * registered before the app starts.
   */
  readonly tracing?: TracingOption;
  /** Milliseconds of the steps of a shutdown. */
  readonly shutdown?: ShutdownOptions;
}

/** Budgets of a shutdown, in milliseconds. */
export interface ShutdownOptions {
  /** How long the listener stays open after readiness has turned, for load balancers to notice. Default 0. */
  readonly drainDelay?: number;
  /** How long requests and background tasks may take to finish. Default 30,000. */
  readonly grace?: number;
  /** How long each resource may take to close. Default 10,000. */
  readonly close?: number;
}

/** Where jobs are kept and how they run. */
export interface JobsOptions {
  readonly list?: readonly AnyJob[];
  /** What `postgres()` returned. Default: the app's only database; in development and tests also an embedded one. */
  readonly database?: { readonly pool: Provider<unknown, "app"> };
  /** The schema that is theirs. Default `kiln_jobs`. */
  readonly schema?: string;
  /** How many run at once in one worker process. Default 10. */
  readonly concurrency?: number;
  /** The most connections that enqueueing, taking and settling use at once, beside those of the app. Default 5. */
  readonly connections?: number;
  /**
   * How often a running job says that it is alive, in milliseconds; after three times as long without a word another worker
   * takes it over. The same in every process. Default 2000.
   */
  readonly heartbeat?: number;
}
