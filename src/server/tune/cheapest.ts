import { KilnError } from "../../errors/kiln-error.ts";
import { percentile } from "./figures.ts";
import { type Answer, ask, type LoadRequest } from "./requests.ts";

/** A route with what it took to answer. */
export interface Cheapest {
  readonly request: LoadRequest;
  /** Milliseconds, the median. */
  readonly latency: number;
  /** How many were compared. */
  readonly among: number;
}

/** Milliseconds that a route has for its answer, to be among the cheap ones. */
const patience = 2_000;
/** Milliseconds that one route may be asked for, once it has warmed up. */
const looking = 250;
const most = 50;
const first = 5;

function isUsable({ status, type, whole }: Answer): boolean {
  return whole && status >= 200 && status <= 299 && !type.startsWith("text/event-stream");
}

async function latencyOf(base: string, request: LoadRequest): Promise<number | undefined> {
  for (let count = 0; count < first; count++) {
    const answer = await ask(base, request, patience).catch(() => undefined);
    if (answer === undefined || !isUsable(answer)) return undefined;
  }
  const latencies: number[] = [];
  const until = performance.now() + looking;
  while (latencies.length < most && performance.now() < until) {
    const before = performance.now();
    await ask(base, request, patience);
    latencies.push(performance.now() - before);
  }
  latencies.sort((a, b) => a - b);
  return percentile(latencies, 50);
}

/**
 * Finds the GET route that costs least, by asking each a few times: those that have no parameters in their path and answer
 * with 2xx as they are.
 *
 * @throws KilnError KILN_TUNE_OPTIONS when there is none
 */
export async function cheapestGet(base: string, paths: readonly string[]): Promise<Cheapest> {
  const found: { readonly request: LoadRequest; readonly latency: number }[] = [];
  for (const path of paths) {
    const request: LoadRequest = { method: "GET", path, headers: {}, body: undefined };
    const latency = await latencyOf(base, request);
    if (latency !== undefined) found.push({ request, latency });
  }
  found.sort((a, b) => a.latency - b.latency);
  const [cheapest] = found;
  if (cheapest !== undefined) return { ...cheapest, among: found.length };
  throw new KilnError("KILN_TUNE_OPTIONS", {
    where: "kiln tune",
    what: paths.length === 0 ? "GET" : paths.map((path) => `GET ${path}`).join(", "),
    why: "is no route without parameters that answers with 2xx when it is asked for nothing else",
    fix: 'Name what is to be measured: kiln tune --route "GET /posts/1" --header "authorization: Bearer ..."',
  });
}
