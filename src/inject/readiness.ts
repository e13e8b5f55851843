import type { ResourceView } from "./resource-view.ts";

/** What one check of a resource found. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly duration_ms: number;
  /** Why it failed. Not for the public: messages of databases name hosts and users. */
  readonly error?: string;
}

/** Whether an app can be sent requests, and why not. */
export interface HealthReport {
  readonly ready: boolean;
  readonly reason?: "starting" | "draining" | "resources";
  readonly checks: readonly CheckResult[];
}

/** How long a check may take and its result holds, in milliseconds. */
export interface ReadinessOptions {
  readonly timeout: number;
  readonly maxAge: number;
}

/** Asks the resources of an app whether they work. */
export interface Readiness {
  /** What the checks found, at most `maxAge` ago; never rejects. */
  results(): Promise<readonly CheckResult[]>;
}

interface Checked {
  readonly results: Promise<readonly CheckResult[]>;
  /** When they were there; undefined while they are awaited. */
  endedAt: number | undefined;
}

function reasonOf(error: unknown): string {
  // Node reports a host with several addresses as one error without a message of its own.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}

/** Runs the check of one resource, again and again but never beside itself. */
function createCheck({ name, check }: ResourceView, timeout: number): () => Promise<CheckResult> {
  // One that heeds no signal is not started a second time: probes would pile it up.
  let hanging = false;
  const attempt = async (signal: AbortSignal): Promise<void> => {
    if (hanging) throw new Error("the check before this one has not ended yet");
    hanging = true;
    try {
      await check?.(signal);
    } finally {
      hanging = false;
    }
  };
  return async () => {
    const started = performance.now();
    const aborting = new AbortController();
    const { promise: overdue, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const late = new Error(`took longer than ${timeout} ms`);
      // First, so that what the check makes of the abort does not hide why.
      reject(late);
      aborting.abort(late);
    }, timeout);
    const outcome = await Promise.race([attempt(aborting.signal), overdue]).then(
      () => ({ ok: true }),
      (error: unknown) => ({ ok: false, error: reasonOf(error) }),
    );
    clearTimeout(timer);
    return { name, ...outcome, duration_ms: Math.round((performance.now() - started) * 10) / 10 };
  };
}

/**
 * Makes the readiness of an app: all checks run at once, and whoever asks while they run, or shortly afterwards, gets
 * the same results, so that no number of probes is felt by a database.
 *
 * @param resources those without a check are passed over
 * @param options how long a check may take, and for how long its result holds
 */
export function createReadiness(resources: readonly ResourceView[], { timeout, maxAge }: ReadinessOptions): Readiness {
  const checks = resources.filter(({ check }) => check !== undefined).map((one) => createCheck(one, timeout));
  let last: Checked | undefined;
  const run = (): Checked => {
    const checked: Checked = { results: Promise.all(checks.map((check) => check())), endedAt: undefined };
    void checked.results.then(() => {
      checked.endedAt = performance.now();
    });
    return checked;
  };
  return {
    results: () => {
      if (last?.endedAt !== undefined && performance.now() - last.endedAt >= maxAge) last = undefined;
      last ??= run();
      return last.results;
    },
  };
}
