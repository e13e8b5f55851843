import { type App, type AppRecord, appRecord, isApp } from "../app/app.ts";
import { type RunningApp, type StartOptions, startApp } from "../app/start.ts";
import { isProvider, type Provider } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { callerPlace } from "../errors/place.ts";
import type { Replacements } from "../inject/graph.ts";
import { withTestDatabases } from "../integrations/postgres/test-databases.ts";
import type { JobInfo } from "../jobs/admin.ts";
import { type Duration, milliseconds } from "../jobs/duration.ts";
import type { JobSystem } from "../jobs/system.ts";
import { guardRules } from "../threads/guard/options.ts";
import { type CapturedLogs, captureLogs } from "./captured-logs.ts";
import { buildRequest, type TestRequest } from "./client-request.ts";
import { type CookieJar, createCookieJar } from "./cookie-jar.ts";
import { leakError } from "./leaks.ts";
import type { TestAppOptions } from "./options.ts";
import type { TestResponse } from "./response.ts";
import { inProcess, overSocket, type Transport } from "./transport.ts";

/** Makes a request with one method. */
export type TestCall = (path: string, request?: TestRequest) => Promise<TestResponse>;

/** An app that runs for a test, and the client that calls it. */
export interface TestApp extends AsyncDisposable {
  readonly get: TestCall;
  readonly post: TestCall;
  readonly put: TestCall;
  readonly patch: TestCall;
  readonly delete: TestCall;
  readonly head: TestCall;
  readonly options: TestCall;
  /** The same with any method. */
  request(method: string, path: string, request?: TestRequest): Promise<TestResponse>;
  /** Cookies that the app has set; they are sent with later requests. */
  readonly cookies: CookieJar;
  /** What the app has logged. */
  readonly logs: CapturedLogs;
  /** Where it listens. @throws KilnError KILN_TEST_NO_SOCKET without `socket: true` */
  readonly url: string;
  /** Resolves when no request is active, every background task has run, and no job runs or is due. */
  idle(): Promise<void>;
  /**
   * The jobs of one name that were enqueued, oldest first, whatever has become of them.
   *
   * @throws KilnError KILN_TEST_VALUE when the app has no job of this name
   */
  jobs(name: string): Promise<readonly JobInfo[]>;
  /**
   * Moves the clock of jobs: delays, retries and `cron` that would have been due by then are.
   *
   * @param duration milliseconds, or text such as `"2h"`
   */
  advance(duration: Duration): Promise<void>;
  /**
   * The value of a resource or of settings in this app, or what stands in for it.
   *
   * @throws KilnError KILN_TEST_VALUE when no route of the app needs it
   */
  value<T>(provider: Provider<T, "app">): T;
  /**
   * Runs the shutdown sequence, as in production. A second call gets the first one's promise.
   *
   * @throws KilnError KILN_GUARD_SYNC_IO when a request or task blocked the thread, unless `guard` says otherwise;
   * KILN_TEST_LEAK when requests or tasks did not end, or a resource failed to close
   */
  close(): Promise<void>;
}

const defaultGrace = 5_000;

function recordOf(app: App, { shutdown, guard, stallWatch = false }: TestAppOptions): AppRecord {
  if (!isApp(app)) {
    throw new KilnError("KILN_TEST_APP", {
      where: "testApp()",
      what: String(app),
      why: "is no app",
      fix: "Pass what kiln() returned; if it is undefined, two modules may import each other",
    });
  }
  const { options, ...rest } = app[appRecord];
  // A test must not wait for load balancers, nor half a minute for a task that hangs.
  const budgets = { ...options.shutdown, drainDelay: 0, grace: defaultGrace, ...shutdown };
  const rules = guardRules("throw", options.guard, guard);
  return { ...rest, options: { ...options, shutdown: budgets, guard: rules, stallWatch } };
}

function resolvedValue(running: RunningApp, replacements: Replacements, provider: Provider<unknown>): unknown {
  const actual = replacements.has(provider) ? replacements.get(provider) : provider;
  if (!isProvider(actual)) return actual;
  if (running.values.has(actual)) return running.values.get(actual);
  throw new KilnError("KILN_TEST_VALUE", {
    where: "TestApp.value()",
    what: "the provider",
    why: "has no value in this app: it lives for one request only, or no route needs it",
    fix: "Ask for a resource or for settings that a route of the app needs",
  });
}

function jobsOf({ jobs }: RunningApp, name?: string): JobSystem {
  if (jobs !== undefined && (name === undefined || jobs.jobs.some((job) => job.name === name))) return jobs;
  throw new KilnError("KILN_TEST_VALUE", {
    where: name === undefined ? "TestApp.advance()" : "TestApp.jobs()",
    what: name ?? "the clock of jobs",
    why: name === undefined ? "does not exist, for this app has no jobs" : "is the name of no job of this app",
    fix: "List the job in kiln({ jobs }), or let a route need it",
  });
}

function noSocket(): KilnError {
  return new KilnError("KILN_TEST_NO_SOCKET", {
    where: "TestApp.url",
    what: "url",
    why: "does not exist, for this test app is called in process",
    fix: "Start it with testApp(app, { socket: true })",
  });
}

async function transportFor(running: RunningApp, socket: boolean): Promise<Transport> {
  try {
    return socket ? await overSocket(running.fastify) : inProcess(running.fastify);
  } catch (error) {
    await running.close();
    throw error;
  }
}

/**
 * Starts an app for a test: everything is real except what `replace` and `settings` say. Each call is an app of its own,
 * so tests may run at once.
 *
 * @param app what `kiln()` returned
 * @param options see {@link TestAppOptions}
 * @returns a client of the running app; `await using` closes it at the end of the block
 * @throws KilnError for what is wrong with the app's graph, settings or resources
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { test } from "node:test";
 * import { depends, kiln } from "kilnjs";
 * import { testApp } from "kilnjs/testing";
 *
 * const today = depends({}, () => new Date().toISOString().slice(0, 10));
 * const app = kiln({ title: "Calendar" });
 * app.get("/today", { needs: { today } }, ({ today }) => ({ today }));
 *
 * test("tells the day", async () => {
 *   await using t = await testApp(app, { replace: [[today, "2026-02-28"]] });
 *   const answer = await t.get("/today");
 *   assert.equal(answer.status, 200);
 *   assert.deepEqual(answer.json(), { today: "2026-02-28" });
 * });
 * ```
 */
export async function testApp<const V extends readonly unknown[]>(
  app: App,
  options: TestAppOptions<V> = {},
): Promise<TestApp> {
  const where = `the test app of ${callerPlace(testApp)}`;
  const { level, print = false } = options.logging ?? {};
  const capture = captureLogs(print);
  // The option's type is a tuple that checks each pair; here they are pairs of anything.
  const pairs = (options.replace ?? []) as readonly (readonly [Provider<unknown>, unknown])[];
  const replacements: Replacements = new Map(pairs);
  const record = recordOf(app, options);
  const start: StartOptions = {
    env: options.env ?? "test",
    replacements,
    settings: options.settings ?? {},
    logging: { format: "json", destination: capture, ...(level === undefined ? {} : { level }) },
    jobs: options.jobs !== "off",
  };
  const running = await withTestDatabases(() => startApp(record, start));
  if (running.jobs !== undefined) running.jobs.inline.on = options.jobs === "inline";
  const transport = await transportFor(running, options.socket ?? false);
  running.stallWatch.start();
  return clientOf({ where, logs: capture.logs, running, transport, replacements });
}

/** An error that ends a block is hidden when its test has failed already, and the runner shows neither: said here, it is seen. */
function showAndThrow(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  throw error;
}

interface Parts {
  readonly where: string;
  readonly logs: CapturedLogs;
  readonly running: RunningApp;
  readonly transport: Transport;
  readonly replacements: Replacements;
}

function clientOf({ where, logs, running, transport, replacements }: Parts): TestApp {
  const jar = createCookieJar();
  const request = async (method: string, path: string, carried: TestRequest = {}): Promise<TestResponse> => {
    const [pathname = "/"] = path.split("?");
    const outgoing = buildRequest(method, path, carried, jar.header(pathname, carried.cookies ?? {}));
    const answer = await transport.send(outgoing);
    jar.keep(answer.headers.getSetCookie(), pathname);
    return answer;
  };
  const call =
    (method: string): TestCall =>
    (path, carried) =>
      request(method, path, carried);
  const end = async (): Promise<void> => {
    await running.close().finally(transport.close);
    // Also what the app caught, or what only a background task has met: a test that passes over it has seen nothing.
    const [blocked] = running.guard?.thrown ?? [];
    const found = blocked ?? leakError(logs, where);
    if (found !== undefined) throw found;
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= end();
    return closing;
  };
  return {
    get: call("GET"),
    post: call("POST"),
    put: call("PUT"),
    patch: call("PATCH"),
    delete: call("DELETE"),
    head: call("HEAD"),
    options: call("OPTIONS"),
    request,
    cookies: jar,
    logs,
    get url() {
      if (transport.url === undefined) throw noSocket();
      return transport.url;
    },
    idle: () => running.idle(),
    jobs: async (name) => {
      const found = await jobsOf(running, name).admin.list({ name, limit: 10_000 });
      return found.toReversed();
    },
    advance: async (duration) => jobsOf(running).advance(milliseconds(duration, "TestApp.advance()")),
    // The provider's type says what its value is; the app has resolved it from that very provider.
    value: <T>(provider: Provider<T, "app">): T => resolvedValue(running, replacements, provider) as T,
    close,
    [Symbol.asyncDispose]: () => close().catch(showAndThrow),
  };
}
