import type { FastifyInstance } from "fastify";
import type { ZodType, z } from "zod";
import { assertEncodable } from "../contract/assertions.ts";
import { compileEncoder } from "../contract/encode.ts";
import type { HttpError } from "../contract/http-error.ts";
import type { ErrorAnswer, ErrorHandler, ErrorScene, RegisteredErrorHandler } from "../http/error-handlers.ts";
import { backgroundLimits } from "../tasks/options.ts";
import { refuseInThread } from "../threads/pool/thread-state.ts";
import { healthOptions } from "./health.ts";
import type { Listening, ListenOptions } from "./listen.ts";
import type { AppOptions } from "./options.ts";
import {
  assertOpen,
  closeRegistration,
  type Router,
  type RouterRecord,
  routerMembers,
  routerRecord,
} from "./router.ts";

/** Configures the HTTP layer of every server made from the app, tests included. */
export type FastifyConfigure = (instance: FastifyInstance) => void | Promise<void>;

/** What an app holds; serving reads it. */
export interface AppRecord {
  readonly options: AppOptions;
  readonly router: RouterRecord;
  readonly errorHandlers: Map<unknown, RegisteredErrorHandler>;
  readonly configure: FastifyConfigure[];
}

/** The key under which an app keeps its record. */
export const appRecord: unique symbol = Symbol.for("kilnjs.app");

/** Any class of errors. */
export type ErrorClass<E> = abstract new (...args: never) => E;

/** An application: a router that can be served. */
export interface App extends Router<""> {
  readonly [appRecord]: AppRecord;
  /**
   * Answers errors of a class (and of its subclasses without a handler of their own) in your own format.
   *
   * @param type the class; `HttpError` covers every planned error, `Error` everything
   * @param handle makes the answer; the status is by default the error's own
   * @param options `returns`: the schema of the body, which then stands in the OpenAPI document
   */
  onError<E, S extends ZodType = ZodType<unknown>>(
    type: ErrorClass<E>,
    handle: (error: E, scene: ErrorScene) => ErrorAnswer<z.output<S>> | Promise<ErrorAnswer<z.output<S>>>,
    options?: { readonly returns?: S },
  ): this;
  /** Reaches the Fastify instance, to register any plugin; called for every server made from this app, in tests too. */
  fastify(configure: FastifyConfigure): this;
  /**
   * Starts the app and serves it until it is told to stop: SIGTERM and SIGINT run the shutdown sequence.
   *
   * @returns where it listens, and `close()`
   * @throws KilnError for everything that is wrong with settings, graph or resources, and what listening throws
   */
  listen(options?: ListenOptions): Promise<Listening>;
}

/** Tells an app from what else a module may export. */
export function isApp(value: unknown): value is App {
  return typeof value === "object" && value !== null && appRecord in value;
}

function registered(returns: ZodType | undefined, handle: ErrorHandler): RegisteredErrorHandler {
  if (returns !== undefined) assertEncodable(returns, "onError()");
  return { handle, returns, encode: returns === undefined ? undefined : compileEncoder(returns) };
}

/** Loads the server with the first app that listens: what only reads declarations, a thread or a command, needs none. */
async function serve(record: AppRecord, options: ListenOptions | undefined): Promise<Listening> {
  // Closed at once and not when the server is there: what is declared after this call comes too late.
  closeRegistration(record.router);
  const { listen } = await import("./listen.ts");
  return await listen(record, options);
}

/**
 * Makes an application. Nothing is opened or read before it is served.
 *
 * @param options see {@link AppOptions}
 * @returns an app: declare routes on it or include routers, then `listen()` or let `kiln dev` and `kiln start` load it
 * @throws KilnError KILN_BACKGROUND_OPTIONS for limits of background tasks that cannot work
 *
 * @example
 * ```ts
 * import { kiln } from "kilnjs";
 * export const app = kiln({ title: "Hello" });
 * app.get("/", {}, () => ({ hello: "world" }));
 * if (import.meta.main) await app.listen();
 * ```
 */
export function kiln(options: AppOptions): App {
  const { needs, raises } = options;
  // Refused here, where the stack shows who wrote it, and before anything has opened.
  backgroundLimits(options.background);
  healthOptions(options.health);
  const record: AppRecord = {
    options,
    router: {
      options: { ...(needs === undefined ? {} : { needs }), ...(raises === undefined ? {} : { raises }) },
      entries: [],
      closed: false,
    },
    errorHandlers: new Map(),
    configure: [],
  };
  const made = {
    [appRecord]: record,
    [routerRecord]: record.router,
    ...routerMembers(record.router, (): App => self),
    onError: (type: ErrorClass<HttpError>, handle: ErrorHandler, { returns }: { returns?: ZodType } = {}): App => {
      assertOpen(record.router, "onError()");
      record.errorHandlers.set(type, registered(returns, handle));
      return self;
    },
    fastify: (configure: FastifyConfigure): App => {
      assertOpen(record.router, "fastify()");
      record.configure.push(configure);
      return self;
    },
    listen: (listenOptions?: ListenOptions): Promise<Listening> => {
      // Thrown and not a rejection: a module that calls it and drops the promise is to hear of it as well.
      refuseInThread("app.listen()");
      return serve(record, listenOptions);
    },
  };
  // The members take and give what the interface says, with the types of single routes and errors erased.
  const self = made as unknown as App;
  return self;
}
