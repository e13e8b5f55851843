import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { Answer } from "./answer.ts";
import { type HttpErrorClass, httpError } from "./http-error.ts";
import { type AmbientDefinition, type Provider, provider } from "./provider.ts";

/** What is known of a request before its inputs are read. Prefer declared inputs: those are validated and documented. */
export interface RequestInfo {
  /** The request's id: that of `x-request-id` when it was sane, else a fresh one. */
  readonly id: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** The path without the query. */
  readonly path: string;
  /** The template that matched, for example `/posts/:postId`. */
  readonly route: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Address of the client, seen through proxies only when `trustProxy` says so. */
  readonly ip: string;
  readonly protocol: string;
  readonly host: string;
  /**
   * Node's own request. Where no route or provider needs `request`, and so only a handler of errors gets it, what it was as
   * a stream is over.
   */
  readonly raw: IncomingMessage;
}

/** Attributes of a cookie that is set; the defaults are the safe ones: `HttpOnly`, `SameSite=Lax`, `Path=/`. */
export interface CookieOptions {
  readonly domain?: string;
  readonly expires?: Date;
  readonly httpOnly?: boolean;
  /** Seconds. */
  readonly maxAge?: number;
  readonly path?: string;
  readonly sameSite?: "strict" | "lax" | "none";
  /** Default: true in production. */
  readonly secure?: boolean;
  readonly partitioned?: boolean;
}

/** One event of a server-sent-events stream. */
export interface ServerSentEvent {
  readonly data: unknown;
  readonly event?: string;
  readonly id?: string;
  /** Milliseconds after which the client should come back. */
  readonly retry?: number;
}

/** Status, headers and cookies of the answer, and the answers that are no JSON. */
export interface Reply {
  /** The status of the success; one that `returns` declares where it declares several. */
  status(status: number): Reply;
  header(name: string, value: string): Reply;
  cookie(name: string, value: string, options?: CookieOptions): Reply;
  /** Tells the client to forget a cookie; domain and path must be those it was set with. */
  clearCookie(name: string, options?: CookieOptions): Reply;
  /** @param status default 303, which lets a browser follow a POST with a GET */
  redirect(url: string, status?: 301 | 302 | 303 | 307 | 308): Answer<"special">;
  html(text: string): Answer<"special">;
  text(text: string): Answer<"special">;
  /** Streams bytes; the stream is destroyed when the client leaves. */
  stream(stream: Readable, type?: string): Answer<"special">;
  /** Sends a file below `root`, with ranges and ETag; a path that leaves `root` is a 404. */
  file(path: string, options: { readonly root: string }): Answer<"special">;
  /** Sends events as they come; the iterable is returned to when the client leaves or the server drains. */
  sse(events: AsyncIterable<ServerSentEvent>): Answer<"special">;
}

/** Work for after the response. */
export interface Background {
  /**
   * Runs `task(...args)` after the response has been sent, unless the request fails; a failure is logged and touches no
   * other task. It does not survive the process.
   *
   * @param task what to run; in it, `log` writes with the request's id, and `currentSignal()` aborts at the task's deadline
   * @param args what it is called with
   * @throws BackgroundFull when as many tasks run and wait as the app takes on
   * @throws KilnError KILN_BACKGROUND_TASK when `task` is no function
   */
  add<A extends readonly unknown[]>(task: (...args: A) => unknown, ...args: NoInfer<A>): void;
}

/** `background.add` found no room: thrown before the response, so that nothing is lost in silence; sent as a 503. */
export const BackgroundFull: HttpErrorClass<503, "background_full"> = httpError(
  503,
  "background_full",
  "Too much work is waiting to be done in the background",
);

function ambient<T>(name: AmbientDefinition["name"]): Provider<T, "request", never> {
  return provider({ kind: "ambient", name });
}

/** The request itself, see {@link RequestInfo}. */
export const request: Provider<RequestInfo, "request", never> = ambient("request");
/** The answer in the making, see {@link Reply}. */
export const reply: Provider<Reply, "request", never> = ambient("reply");
/** Aborts when the deadline passes, the client leaves or the server drains; `signal.reason` says which. */
export const signal: Provider<AbortSignal, "request", never> = ambient("signal");
/** Work for after the response, see {@link Background}. */
export const background: Provider<Background, "request", never> = ambient("background");
