import { parseCookie } from "cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Background, RequestInfo } from "../contract/ambient.ts";
import type { AmbientDefinition, RequestHead } from "../contract/provider.ts";
import type { CleanUp, Failure, RequestScope } from "../inject/scope.ts";
import type { Activity, Part } from "../logging/context.ts";
import type { Logger } from "../logging/logger.ts";
import { loggablePath } from "../logging/url.ts";
import type { RequestTasks } from "../tasks/background.ts";
import type { Deadline } from "./deadlines.ts";
import type { Linked } from "./linked-list.ts";
import { createReply, type ReplyState } from "./reply.ts";
import type { RouteRuntime } from "./route-runtime.ts";
import type { ServerState } from "./server-state.ts";

const longestTimer = 2 ** 31 - 1;
const noSecrets: ReadonlySet<string> = new Set();

/**
 * One request from its arrival until its last clean-up.
 *
 * States: *open* until the answer is decided, then *settled*; `closed` once the connection is done with it. A deadline
 * settles a request whose handler still runs; what that handler returns later is dropped.
 */
export class RequestContext implements RequestScope, RequestHead, Activity, Linked<RequestContext> {
  readonly kind = "request";
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly server: ServerState;
  readonly runtime: RouteRuntime | undefined;
  readonly id: string;
  readonly log: Logger;
  readonly startedAt: number;
  /** Path and query with secrets masked, for the log. */
  readonly shownPath: string;
  values: unknown[];
  readonly cleanups: CleanUp[] = [];
  ended: Failure | undefined;
  part: Part | undefined;
  /** True once it is decided what the client gets. */
  settled = false;
  /** True once the response is sent or the client has gone. */
  closed = false;
  /** True while security, dependencies or the handler run, and until what they began has been cleaned up. */
  running = false;
  /** True once the handler and the clean-ups before the response are done. */
  handled = false;
  /** What the line of its arrival said of it. */
  received: string | undefined;
  /** True when the answer was written outside of the request's async context. */
  sentOutside = false;
  /** The clean-ups that run before the response. */
  cleaning: Promise<unknown> | undefined;
  // The active ones before and after it.
  previous: RequestContext | undefined = undefined;
  next: RequestContext | undefined = undefined;
  linked = false;
  deadline: Deadline | undefined;
  body: Uint8Array | undefined;
  replyState: ReplyState | undefined;
  #abort: AbortController | undefined;
  #abortReason: Error | undefined;
  #tasks: RequestTasks | undefined;
  #cookies: RequestHead["cookies"] | undefined;
  #info: RequestInfo | undefined;

  constructor(
    server: ServerState,
    request: FastifyRequest,
    reply: FastifyReply,
    runtime: RouteRuntime | undefined,
    id: string,
  ) {
    this.server = server;
    this.request = request;
    this.reply = reply;
    this.runtime = runtime;
    this.id = id;
    this.log = server.log.forRequest(id);
    this.startedAt = performance.now();
    const { url } = request;
    // The path of a route without parameters, as most often, has nothing to hide.
    this.shownPath = url === runtime?.template ? url : loggablePath(url, runtime?.secretParams ?? noSecrets);
    this.values = runtime === undefined ? [] : runtime.plan.initial.slice();
  }

  get name(): string | undefined {
    return this.runtime?.template;
  }

  get method(): string {
    return this.request.method;
  }

  get requestId(): string {
    return this.id;
  }

  get params(): Readonly<Record<string, string>> {
    // Fastify's router fills it with the decoded text of each parameter.
    return this.request.params as Record<string, string>;
  }

  get query(): Readonly<Record<string, string | readonly string[] | undefined>> {
    // Fastify's parser makes an object without prototype of strings and lists of strings.
    return this.request.query as Record<string, string | readonly string[] | undefined>;
  }

  get contentType(): string | undefined {
    return this.request.headers["content-type"];
  }

  /** The request is its own head: one object less, and nothing is parsed before it is asked for. */
  get head(): RequestHead {
    return this;
  }

  get headers(): RequestHead["headers"] {
    return this.request.headers;
  }

  get cookies(): RequestHead["cookies"] {
    // The library returns an object without prototype, so a cookie cannot name an inherited key.
    this.#cookies ??= parseCookie(this.request.headers.cookie ?? "");
    return this.#cookies;
  }

  get queryString(): string {
    const { url } = this.request;
    return url.slice(pathOf(url).length + 1);
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  /** Tells whoever listens to `signal`; the first reason stays. */
  abort(reason: Error): void {
    this.#abortReason ??= reason;
    const controller = this.#abort;
    if (controller === undefined || controller.signal.aborted) return;
    // Listeners run at once, and neither a timer nor the end of a connection carries the context of the request.
    this.server.enter(this, () => controller.abort(this.#abortReason));
  }

  /** Milliseconds that the request may take; 0 for no end. A timer that is asked for more than it can count fires at once. */
  get timeout(): number {
    return Math.min(this.runtime?.timeout ?? this.server.timeout, longestTimer);
  }

  /** Whether an error is only the echo of an abort: the reason itself, or what a library makes of it. */
  isAbort(error: unknown): boolean {
    const reason = this.#abortReason;
    if (reason === undefined || !(error instanceof Error)) return false;
    return error === reason || error.cause === reason || error.name === "AbortError";
  }

  get background(): Background {
    this.#tasks ??= this.server.tasks.forRequest(this.log, this.id);
    return this.#tasks;
  }

  /** Starts what the handler put off until after the response, or forgets it when the request has failed. */
  /** Puts its id on the answer. Plugins may have changed it there: for them it is put on before their hooks run. */
  nameAnswer(): void {
    if (!this.server.hasPlugins) this.reply.header("x-request-id", this.id);
  }

  endTasks(): void {
    if (this.ended === undefined) this.#tasks?.release();
    // What a failed request wanted done afterwards belongs to what was rolled back.
    else this.#tasks?.drop();
  }

  ambient(name: AmbientDefinition["name"]): unknown {
    switch (name) {
      case "request":
        this.#info ??= infoOf(this);
        return this.#info;
      case "reply":
        this.replyState ??= createReply(this);
        return this.replyState.reply;
      case "log":
        return this.log;
      case "signal":
        return this.signal;
      case "background":
        return this.background;
      default:
        return name satisfies never;
    }
  }
}

function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

/** The path of a request without its query, which may hold secrets. */
export function requestPath(context: RequestContext): string {
  return pathOf(context.request.url);
}

function infoOf(context: RequestContext): RequestInfo {
  const { request } = context;
  return {
    id: context.id,
    method: request.method,
    url: request.url,
    path: pathOf(request.url),
    route: context.runtime?.template,
    headers: request.headers,
    // Read when asked for: they cost a look through the proxy headers.
    get ip() {
      return request.ip;
    },
    get protocol() {
      return request.protocol;
    },
    get host() {
      return request.host;
    },
    raw: request.raw,
  };
}
