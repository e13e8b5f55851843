import { reply } from "../contract/ambient.ts";
import type { ServerState } from "../http/server-state.ts";
import { type CheckResult, createReadiness, type HealthReport, type ReadinessOptions } from "../inject/readiness.ts";
import type { ResourceView } from "../inject/resource-view.ts";
import type { Logger } from "../logging/logger.ts";
import { flatten, type Route } from "./flatten.ts";
import { checkPath, router, routerRecord } from "./router.ts";

/** The routes by which a load balancer or a container engine asks how the app is. */
export interface HealthOptions {
  /** What `/live` and `/ready` come after. Default `/health`. */
  readonly path?: string;
  /** Milliseconds that the check of a resource may take. Default 2,000. */
  readonly timeout?: number;
  /** Milliseconds for which what the checks have found is answered again. Default 1,000. */
  readonly maxAge?: number;
}

/** How an app is. */
export interface Health {
  /** None when they are turned off; one on a path of the app's own routes gives way to that. */
  routesBeside(own: readonly Route[]): readonly Route[];
  /** Said once everything is open; until then the app is starting. */
  opened(resources: readonly ResourceView[], state: ServerState): void;
  report(): Promise<HealthReport>;
}

const defaults = { path: "/health", timeout: 2_000, maxAge: 1_000 } as const;

/**
 * The options with their defaults.
 *
 * @throws KilnError KILN_ROUTE_INVALID for a path that is none
 */
export function healthOptions(options: HealthOptions | false = {}): Required<HealthOptions> | undefined {
  if (options === false) return undefined;
  const { path = defaults.path, timeout = defaults.timeout, maxAge = defaults.maxAge } = options;
  checkPath("kiln({ health })", path);
  return { path, timeout, maxAge };
}

/** What anybody may know: names, no messages. */
function publicFace({ ready, reason, checks }: HealthReport): object {
  if (ready) return { status: "pass" };
  const failing = checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { status: "fail", reason, ...(failing.length === 0 ? {} : { failing }) };
}

function healthRoutes(path: string, report: () => Promise<HealthReport>): readonly Route[] {
  const shown = { needs: { reply }, accessLog: false, shed: false } as const;
  const routes = router({ prefix: path, documented: false });
  routes.get("/live", shown, ({ reply }) => {
    reply.header("cache-control", "no-store");
    return { status: "pass" };
  });
  routes.get("/ready", shown, async ({ reply }) => {
    const found = await report();
    reply.status(found.ready ? 200 : 503).header("cache-control", "no-store");
    return publicFace(found);
  });
  return flatten(routes[routerRecord]);
}

/** Says when readiness changes: no access log shows the probes. */
function changeLog(log: Logger): (results: readonly CheckResult[]) => void {
  let last = "";
  return (results) => {
    const failing = results.filter(({ ok }) => !ok);
    const names = failing.map(({ name }) => name).join();
    if (names === last) return;
    last = names;
    if (names === "") log.info("ready_again");
    else log.warn({ failing }, "not_ready");
  };
}

/**
 * Makes what answers for the health of an app.
 *
 * @param options from `kiln({ health })`; false has no routes, but the admin port still asks
 */
export function createHealth(options: HealthOptions | false | undefined, log: Logger): Health {
  const routed = healthOptions(options);
  const limits: ReadinessOptions = routed ?? defaults;
  const tell = changeLog(log);
  let report = async (): Promise<HealthReport> => ({ ready: false, reason: "starting", checks: [] });
  return {
    routesBeside: (own) => {
      if (routed === undefined) return [];
      const taken = new Set(own.filter(({ method }) => method === "GET").map(({ path }) => path));
      return healthRoutes(routed.path, () => report()).filter(({ path }) => !taken.has(path));
    },
    opened: (resources, state) => {
      const readiness = createReadiness(resources, limits);
      report = async () => {
        if (state.draining) return { ready: false, reason: "draining", checks: [] };
        const checks = await readiness.results();
        tell(checks);
        return checks.every(({ ok }) => ok) ? { ready: true, checks } : { ready: false, reason: "resources", checks };
      };
    },
    report: () => report(),
  };
}
