import type { ZodType } from "zod";
import type { Needs } from "./provider.ts";

/** When a job runs by the clock. */
export interface CronSettings {
  /** Five fields, or six with seconds. */
  readonly expression: string;
  /** A name of the IANA database, for example `Europe/Vienna`. */
  readonly timeZone: string;
  /** Whether one run makes up for the times at which no worker was there. */
  readonly catchUp: boolean;
  /** What each run gets. */
  readonly payload: unknown;
}

/** How a job is kept and run, with every default filled in; milliseconds. */
export interface JobSettings {
  readonly retryLimit: number;
  readonly retryDelay: number;
  readonly retryBackoff: boolean;
  readonly retryDelayMax: number | undefined;
  readonly timeout: number;
  /** Runs at once in one worker process. */
  readonly concurrency: number;
  /** Runs at once for one group, across all processes. */
  readonly groupConcurrency: number | undefined;
  readonly singleton: "queued" | "running" | "both" | undefined;
  readonly priority: number;
  readonly keep: number;
  readonly cron: CronSettings | undefined;
  /** How many of them one call of the handler gets; undefined for a handler that takes one. */
  readonly batch: number | undefined;
}

/** A durable job: its value is the function that enqueues it. */
export interface JobDefinition {
  readonly kind: "job";
  readonly name: string;
  /** `file:line` of the declaration, for errors. */
  readonly place: string;
  readonly needs: Needs;
  readonly payload: ZodType;
  readonly returns: ZodType | undefined;
  readonly run: (values: never) => unknown;
  readonly settings: JobSettings;
}

/** The functions that look after an app's jobs. */
export interface JobAdminDefinition {
  readonly kind: "jobAdmin";
}
