import type { HealthReport } from "../inject/readiness.ts";

/** One process that serves or runs jobs. */
export interface WorkerStatus {
  /** `web-1`, `jobs-1`: the label that its metrics have. */
  readonly worker: string;
  readonly pid: number;
  readonly state: "starting" | "ready" | "not ready" | "leaving" | "silent";
  /** Why it is not ready, is replaced, or ends. */
  readonly reason?: string;
  /** Goes up with every reload. */
  readonly generation: number;
  /** Seconds. */
  readonly uptime: number;
  /** Requests that have ended. */
  readonly requests: number;
  readonly inFlight: number;
  /** Seconds of CPU time. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
}

/** What `kiln status` shows. */
export interface Status {
  readonly app: { readonly title: string; readonly version: string } | undefined;
  readonly kiln: string;
  readonly node: string;
  readonly environment: string;
  readonly state: "starting" | "serving" | "reloading" | "stopping";
  /** Whether requests are answered. */
  readonly ready: boolean;
  /** Whether a supervisor keeps workers, or one process does all. */
  readonly supervised: boolean;
  readonly pid: number;
  readonly url: string | undefined;
  /** Seconds. */
  readonly uptime: number;
  /** How many workers were replaced or lost, by reason. */
  readonly restarts: Readonly<Record<string, number>>;
  readonly workers: readonly WorkerStatus[];
}

/** The readiness of all processes, with what only operators may see. */
export interface HealthDetails {
  readonly ready: boolean;
  readonly workers: readonly (HealthReport & { readonly worker: string })[];
}
