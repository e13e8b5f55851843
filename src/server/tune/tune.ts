import { type Cheapest, cheapestGet } from "./cheapest.ts";
import { type Measured, type Round, summarise } from "./figures.ts";
import { load } from "./load.ts";
import { longestSeconds, mixed, type TunePlan } from "./plan.ts";
import { checkAnswers, type LoadRequest } from "./requests.ts";
import { type Kiln, type ServedApp, serveApp } from "./served-app.ts";

/** What a run is told, and tells. */
export interface TuneParts extends Kiln {
  /** The paths of GET routes without parameters. */
  readonly paths: () => Promise<readonly string[]>;
  readonly onRequests: (requests: readonly LoadRequest[], cheapest: Cheapest | undefined) => void;
  readonly onRound: (round: Round, index: number) => void;
  /** Ends it; what was started is ended first. */
  readonly signal: AbortSignal;
}

async function served<T>(
  { entry }: TunePlan,
  parts: TuneParts,
  workers: number,
  use: (app: ServedApp) => Promise<T>,
): Promise<T> {
  const { signal } = parts;
  const app = await serveApp(parts, entry, workers, signal);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([use(app), aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    await app.stop();
  }
}

async function findRequests(plan: TunePlan, parts: TuneParts): Promise<readonly LoadRequest[]> {
  const { requests } = plan;
  const paths = requests.length > 0 ? [] : await parts.paths();
  const cheapest = await served(plan, parts, 1, async ({ url }) => {
    if (requests.length === 0) return cheapestGet(url, paths);
    await checkAnswers(url, requests);
    return undefined;
  });
  const found = cheapest === undefined ? requests : [cheapest.request];
  parts.onRequests(found, cheapest);
  return found;
}

/**
 * Measures an app with each number of workers. Every round starts it anew, so that one is as fresh as the other, and takes
 * the numbers in an order by chance.
 *
 * @returns the median of the rounds for each number; no further round begins once it has taken twice the time that was
 *   reckoned
 * @throws KilnError KILN_TUNE_START, KILN_TUNE_ANSWER, KILN_TUNE_OPTIONS; the reason of the signal
 */
export async function tune(plan: TunePlan, parts: TuneParts): Promise<readonly Measured[]> {
  const until = performance.now() + longestSeconds(plan) * 1000;
  const requests = await findRequests(plan, parts);
  const rounds: Round[] = [];
  for (let round = 0; round < plan.rounds && performance.now() < until; round++) {
    for (const workers of mixed(plan.counts)) {
      const made = await served(plan, parts, workers, (app) => load(app, workers, plan, requests));
      rounds.push(made);
      parts.onRound(made, rounds.length);
    }
  }
  return summarise(rounds);
}
