import type { FastifyInstance } from "fastify";
import { defaultProblemBase } from "../contract/problem.ts";
import { compileResponses } from "../contract/responses.ts";
import { createDeadlines } from "../http/deadlines.ts";
import { expire } from "../http/exchange.ts";
import { createJsonWriter } from "../http/head.ts";
import { defaultLimits, type HttpLimits } from "../http/limits.ts";
import { LinkedList } from "../http/linked-list.ts";
import { createLoadMonitor } from "../http/load.ts";
import type { RouteRuntime } from "../http/route-runtime.ts";
import { addRoute, createServer } from "../http/server.ts";
import type { ServerState } from "../http/server-state.ts";
import type { TransportOptions } from "../http/tls.ts";
import { createTraffic } from "../http/traffic.ts";
import { appNodes, buildGraph, isInput, type Replacements } from "../inject/graph.ts";
import { type Lifespan, openLifespan } from "../inject/lifespan.ts";
import { type AppValues, compilePlan } from "../inject/plan.ts";
import type { ResourceView } from "../inject/resource-view.ts";
import type { TraceCall } from "../inject/trace-call.ts";
import type { JobSystem } from "../jobs/system.ts";
import { addAppLogger, type Part, removeAppLogger, runFor } from "../logging/context.ts";
import { createLogger } from "../logging/create-logger.ts";
import type { LoggingOptions, RootLogger } from "../logging/logger.ts";
import { createTaskRunner, type TaskRunner } from "../tasks/background.ts";
import { backgroundLimits } from "../tasks/options.ts";
import type { Guard } from "../threads/guard/guard.ts";
import { refuseInThread } from "../threads/pool/thread-state.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { AppRecord } from "./app.ts";
import { docsRoutesOf } from "./documentation.ts";
import { environmentName, isProduction } from "./environment.ts";
import { flatten, type Route } from "./flatten.ts";
import { openGuard } from "./guard.ts";
import { createHealth, type Health } from "./health.ts";
import { statusPathsOf } from "./job-status.ts";
import { type AppJobs, jobsOf } from "./jobs.ts";
import { closeRegistration } from "./router.ts";
import { type ShutdownManner, shutDown } from "./shutdown.ts";
import { type AppStallWatch, createStallWatch } from "./stall-watch.ts";
import { withThreads } from "./threads.ts";
import { closeTracing, openAppTracing, withTracing } from "./tracing.ts";

/** What one start of an app may have of its own; tests use all of it. */
export interface StartOptions {
  /** Default: `NODE_ENV`, or `development`. */
  readonly env?: string;
  readonly replacements?: Replacements;
  /** Values that win over every source of settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly logging?: LoggingOptions;
  /** Whether jobs run in this process; otherwise they are only enqueued. Default: false in production. */
  readonly jobs?: boolean;
  /** Whether it opens what one process of several opens. Default true. */
  readonly once?: boolean;
  /** Wins over what the app's options say. */
  readonly transport?: TransportOptions;
}

/** An app that has started: everything is open, it may listen or be called in process. */
export interface RunningApp {
  readonly env: string;
  readonly fastify: FastifyInstance;
  readonly log: RootLogger;
  readonly routes: readonly Route[];
  readonly values: AppValues;
  readonly resources: readonly ResourceView[];
  readonly health: Health;
  readonly state: ServerState;
  readonly tasks: TaskRunner;
  /** Undefined for an app without jobs. */
  readonly jobs: JobSystem | undefined;
  /** Undefined where synchronous I/O is not watched for. */
  readonly guard: Guard | undefined;
  /** Whoever serves the app starts it. */
  readonly stallWatch: AppStallWatch;
  /** Resolves when no request is active and no background task runs or waits. */
  idle(): Promise<void>;
  /** Whether new requests are welcome: false from the moment at which it begins to end. */
  readonly ready: boolean;
  /** The shutdown sequence; a second call gets the first one's promise. */
  close(manner?: ShutdownManner): Promise<void>;
}

function createState(
  record: AppRecord,
  log: RootLogger,
  env: string,
  limits: Required<HttpLimits>,
  tracing: Tracing | undefined,
): ServerState {
  const tracked = new Set<Promise<unknown>>();
  return {
    log,
    tasks: createTaskRunner(backgroundLimits(record.options.background), tracing?.task),
    errorHandlers: record.errorHandlers,
    problemBase: record.options.problemTypeBase ?? defaultProblemBase,
    production: isProduction(env),
    timeout: limits.timeout,
    bodyLimit: limits.bodyLimit,
    active: new LinkedList(),
    tracked,
    track: (work) => {
      tracked.add(work);
      void work.finally(() => tracked.delete(work));
    },
    deadlines: createDeadlines((context) => expire(context)),
    onArrival: undefined,
    onLeave: undefined,
    draining: false,
    hasPlugins: record.configure.length > 0,
    isListenedAlone: false,
    writeJson: createJsonWriter(limits.keepAliveTimeout),
    load: createLoadMonitor(record.options.load ?? {}, isProduction(env), log),
    traffic: createTraffic(),
    enter: tracing?.requests.enter ?? runFor,
    tracing: tracing?.requests,
  };
}

function limitsOf(record: AppRecord): Required<HttpLimits> {
  const given = Object.entries(record.options).filter(([name, value]) => name in defaultLimits && value !== undefined);
  return { ...defaultLimits, ...Object.fromEntries(given) };
}

/** Query parameters that no log may show: those said to be secret, and keys of a security scheme. */
function secretParams(route: Route): ReadonlySet<string> {
  const names = route.graph.nodes.flatMap((node) => {
    const { definition: found } = node;
    if (isInput(node)) return node.definition.source === "query" && node.definition.options.secret ? [node.name] : [];
    return found.kind === "scheme" && found.scheme.in === "query" ? [String(found.scheme.name)] : [];
  });
  return new Set(names);
}

function challengeOf(route: Route): string | undefined {
  const challenges = route.graph.nodes.flatMap(({ definition }) =>
    definition.kind === "scheme" ? [definition.challenge] : [],
  );
  return challenges.length === 0 ? undefined : [...new Set(challenges)].join(", ");
}

/** How the stall watch names the handler; most are arrow functions, which have no name. */
function handlerPart({ handler, method, path, place }: Route): Part {
  return { kind: "handler", name: handler.name || `${method} ${path}`, place };
}

function runtimeOf(route: Route, values: AppValues, trace: TraceCall | undefined): RouteRuntime {
  const { options } = route;
  return {
    method: route.method,
    template: route.path,
    plan: compilePlan(route.graph, route.handler, values, handlerPart(route), trace),
    responses: compileResponses(options.returns, options.status, route.where),
    timeout: options.timeout,
    bodyLimit: options.bodyLimit,
    shed: options.shed ?? true,
    accessLog: options.accessLog ?? true,
    secretParams: secretParams(route),
    challenge: challengeOf(route),
    where: route.where,
  };
}

async function openAll(
  record: AppRecord,
  routes: readonly Route[],
  options: StartOptions,
  env: string,
  log: RootLogger,
  jobs: AppJobs | undefined,
): Promise<Lifespan> {
  const { settings, shutdown } = record.options;
  const own = buildGraph("kiln()", [], settings === undefined ? {} : { settings }, options.replacements);
  const nodes = appNodes([own, ...routes.map(({ graph }) => graph), ...(jobs?.graphs ?? [])]);
  const source = { env, overrides: options.settings ?? {}, once: options.once ?? true };
  const lifespan = await openLifespan(nodes, source, log, shutdown?.close ?? 10_000, jobs?.system.values);
  return jobs === undefined ? lifespan : withJobs(lifespan, jobs, log, options.jobs ?? !isProduction(env));
}

async function idleRequests(state: ServerState): Promise<void> {
  while (hasWork(state)) {
    if (state.active.size > 0) await new Promise<void>((resolve) => (state.onLeave = resolve));
    await Promise.allSettled(state.tracked);
    await state.tasks.idle();
  }
}

function hasWork(state: ServerState): boolean {
  return state.active.size > 0 || state.tracked.size > 0 || !state.tasks.isIdle;
}

/** What requests and tasks enqueue runs after them, and jobs may call the app in turn. */
async function idle(state: ServerState, jobs: JobSystem | undefined): Promise<void> {
  do {
    await idleRequests(state);
    await jobs?.idle();
  } while (hasWork(state));
}

/** Opens the queue of an app whose resources are open; it closes before they do. */
async function withJobs(lifespan: Lifespan, jobs: AppJobs, log: RootLogger, work: boolean): Promise<Lifespan> {
  try {
    await jobs.system.open(jobs.pool(lifespan.values), log, work);
  } catch (error) {
    await lifespan.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await jobs.system.close();
    await lifespan.close();
  };
  return { ...lifespan, close };
}

/** Whether a handler or a provider gets the request, and with it that of Node. */
function needsRequest({ graph }: Route): boolean {
  return graph.nodes.some(({ definition }) => definition.kind === "ambient" && definition.name === "request");
}

interface ServerOptions {
  readonly limits: Required<HttpLimits>;
  readonly transport: TransportOptions | undefined;
  readonly trace: TraceCall | undefined;
  /** Whether the app gets hold of Node's requests; Kiln's own routes make no use of them. */
  readonly handsOutRaw: boolean;
}

async function buildServer(
  record: AppRecord,
  routes: readonly Route[],
  state: ServerState,
  values: AppValues,
  { limits, transport, trace, handsOutRaw }: ServerOptions,
  healthRoutes: readonly Route[],
): Promise<FastifyInstance> {
  const { tls, http2, trustProxy = false } = record.options;
  const own = { ...(tls === undefined ? {} : { tls }), ...(http2 === undefined ? {} : { http2 }) };
  const instance = createServer({
    state,
    limits,
    trustProxy,
    transport: { ...own, ...transport },
    handsOutRaw,
  });
  try {
    for (const route of healthRoutes) addRoute(instance, { ...runtimeOf(route, values, undefined), direct: true });
    for (const configure of record.configure) await configure(instance);
    for (const route of routes) addRoute(instance, runtimeOf(route, values, trace));
    await instance.ready();
    return instance;
  } catch (error) {
    // Plugins that had been registered before have their own things to close; the first error is the one to show.
    await Promise.resolve(instance.close()).catch(() => undefined);
    throw error;
  }
}

/**
 * Starts an app: checks its graph, loads settings, opens resources, composes every route. It does not listen yet.
 *
 * @param record the app's record; it is closed for registration from here on
 * @param options see {@link StartOptions}
 * @throws KilnError for what is wrong with graph, settings or resources; what had been opened is closed again
 */
export async function startApp(record: AppRecord, options: StartOptions = {}): Promise<RunningApp> {
  refuseInThread("the start of an app");
  closeRegistration(record.router);
  const env = options.env ?? environmentName();
  const own = flatten(record.router, options.replacements);
  const routes = [...own, ...docsRoutesOf(record, own, env, options.replacements)];
  const limits = limitsOf(record);
  const logging = { service: record.options.title, environment: env, ...record.options.logging, ...options.logging };
  const log = createLogger({ ...logging, production: isProduction(env) });
  addAppLogger(log);
  let tracing: Tracing | undefined;
  try {
    tracing = await openAppTracing(record.options, log, logging);
    const jobs = await jobsOf(
      record.options,
      routes.map(({ graph }) => graph),
      options.replacements,
      env,
      tracing,
    );
    for (const [name, path] of statusPathsOf(routes, record.options.rootPath)) jobs?.system.statusPaths.set(name, path);
    const open = (): Promise<Lifespan> => openAll(record, routes, options, env, log, jobs);
    const opened = await runFor({ kind: "app", log }, () => withThreads(record.options.threads, open));
    const lifespan = withTracing(opened, tracing, log);
    const state = createState(record, log, env, limits, tracing);
    try {
      const health = createHealth(record.options.health, log);
      health.opened(lifespan.resources, state);
      const instance = await buildServer(
        record,
        routes,
        state,
        lifespan.values,
        { limits, transport: options.transport, trace: tracing?.call, handsOutRaw: own.some(needsRequest) },
        health.routesBeside(routes),
      );
      const stallWatch = createStallWatch(record.options.stallWatch, { env, log, logging });
      const guard = await openGuard(record.options.guard, env, log);
      if (options.jobs ?? !isProduction(env)) jobs?.system.work(lifespan.values);
      return runningApp(record, {
        env,
        instance,
        log,
        routes,
        lifespan,
        state,
        guard,
        stallWatch,
        health,
        jobs: jobs?.system,
      });
    } catch (error) {
      await lifespan.close();
      throw error;
    }
  } catch (error) {
    await closeTracing(tracing, log);
    removeAppLogger(log);
    await log.close();
    throw error;
  }
}

interface Parts {
  readonly env: string;
  readonly instance: FastifyInstance;
  readonly log: RootLogger;
  readonly routes: readonly Route[];
  readonly lifespan: Lifespan;
  readonly state: ServerState;
  readonly guard: Guard | undefined;
  readonly stallWatch: AppStallWatch;
  readonly health: Health;
  readonly jobs: JobSystem | undefined;
}

function runningApp(record: AppRecord, parts: Parts): RunningApp {
  const { env, instance, log, routes, lifespan, state, guard, stallWatch, health, jobs } = parts;
  let closing: Promise<void> | undefined;
  let idling: Promise<void> | undefined;
  // Whoever asks while somebody waits already waits for the same moment.
  const untilIdle = (): Promise<void> => {
    idling ??= idle(state, jobs).finally(() => {
      idling = undefined;
    });
    return idling;
  };
  return {
    env,
    fastify: instance,
    log,
    routes,
    values: lifespan.values,
    resources: lifespan.resources,
    health,
    state,
    tasks: state.tasks,
    jobs,
    guard,
    stallWatch,
    idle: untilIdle,
    get ready() {
      return !state.draining;
    },
    close: (manner = {}) => {
      closing ??= shutDown({
        manner,
        fastify: instance,
        state,
        lifespan,
        log,
        budgets: record.options.shutdown ?? {},
        idle: untilIdle,
        drainJobs: (grace) => jobs?.drain(grace) ?? Promise.resolve(),
      })
        .finally(() => guard?.release())
        .finally(() => stallWatch.stop());
      return closing;
    },
  };
}
