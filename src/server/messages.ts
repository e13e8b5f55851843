import type { ListenAddress, ListenOptions } from "../app/listen.ts";
import type { Level } from "../logging/logger.ts";
import type { ProcessReport } from "../metrics/report.ts";

/**
 * What supervisor and workers say to each other. A worker's life, seen from the supervisor:
 *
 *   starting --ready--> ready --leave--> leaving --exit--> ended
 *       \___failed, exit___\______crashed, exit_____________^
 */

/** What a worker does: answers requests, or runs jobs. */
export type Role = "web" | "jobs";

/** How a worker logs, as far as it can be told to another process; the supervisor then logs the same way. */
export interface PlainLogging {
  readonly level?: Level;
  readonly format?: "json" | "pretty" | "ecs";
  readonly destination?: number | string;
  readonly service?: string;
}

/** What a worker is to do, the first message it gets. */
export interface WorkerOrder {
  readonly entry: string;
  readonly role: Role;
  /** 1 is the first, 0 the only one. A replacement has the number of the one that it replaces. */
  readonly number: number;
  /** Goes up with every reload. */
  readonly generation: number;
  /** Whether it opens what is marked to be done by one worker. */
  readonly once: boolean;
  /** Whether it logs where the app is served. */
  readonly announce?: boolean;
  /** Whether it runs jobs; left out, the app's environment decides. */
  readonly runsJobs?: boolean;
  readonly port?: number;
  readonly host?: string;
  readonly path?: string;
  readonly fd?: number;
  readonly transport: Pick<ListenOptions, "tls" | "http2">;
  /** Milliseconds between two beats. */
  readonly beat: number;
  /** Milliseconds for which the first self-check is tried; 0 for none. */
  readonly readyTimeout: number;
  /** Requests after which it asks to be replaced; 0 for no end. */
  readonly maxRequests: number;
}

/** What the supervisor says. */
export type SupervisorMessage =
  | { readonly kiln: "start"; readonly order: WorkerOrder }
  /** Connections for this address will come. */
  | { readonly kiln: "serve"; readonly address: ShownAddress }
  /** With a socket. */
  | { readonly kiln: "connection"; readonly id: number }
  /**
   * End in order. `linger`: milliseconds for which open connections may ask once more, where another worker serves on;
   * without it the whole service ends.
   */
  | { readonly kiln: "leave"; readonly linger?: number }
  | { readonly kiln: "reopen_logs" }
  /** Another may take its place: let connections go that are not in use, and each other one with its next answer. */
  | { readonly kiln: "pause" }
  /** It stays. */
  | { readonly kiln: "resume" }
  /** Load these modules of packages, before `start`: they will be needed. */
  | { readonly kiln: "preload"; readonly urls: readonly string[] }
  /** Say your figures; `jobs`: count the jobs as well, `restart`: count delays of the loop afresh. */
  | { readonly kiln: "report"; readonly id: number; readonly jobs: boolean; readonly restart: boolean };

/** What `server.address()` says. */
export type ShownAddress = string | { readonly address: string; readonly family: string; readonly port: number };

/** Why a worker is replaced, or has ended. */
export type EndReason =
  | "reload"
  | "max_requests"
  | "max_memory"
  | "signal"
  | "stalled"
  | "crash"
  | "boot_failure"
  | "not_ready"
  | "fewer"
  | "stop"
  | "overdue";

/** Figures of a worker's process, with every beat. */
export interface Beat {
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly connections: number;
  /** Requests in flight. */
  readonly active: number;
  /** What else the worker's parts count, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Said when the app is open and answers. */
export interface Ready {
  readonly title: string;
  readonly version: string;
  readonly address: ListenAddress;
  readonly scheme: "http" | "https";
  readonly logging: PlainLogging;
  /** Milliseconds that its shutdown may take at most. */
  readonly budget: number;
  readonly docs: readonly string[];
}

/** What a worker says. */
export type WorkerMessage =
  | { readonly kiln: "ready"; readonly ready: Ready }
  /** It can be given connections. */
  | { readonly kiln: "serving" }
  | { readonly kiln: "failed"; readonly reason: string }
  | { readonly kiln: "beat"; readonly beat: Beat }
  /** What became of the connection that it was given, and how many it has. */
  | { readonly kiln: "connections"; readonly took?: number; readonly open: number }
  | { readonly kiln: "refused"; readonly id: number }
  /** Its figures, as they were asked for; without a number the last ones, before it ends. */
  | { readonly kiln: "report"; readonly id?: number; readonly report: ProcessReport }
  /** It wants to be replaced. */
  | { readonly kiln: "retire"; readonly reason: EndReason }
  /** It ends by itself, after an error that nobody caught. */
  | { readonly kiln: "crashed"; readonly reason: string }
  /** It takes no more connections. */
  | { readonly kiln: "closed" }
  /** Files of the app's modules that it has loaded, as absolute paths. */
  | { readonly kiln: "loaded"; readonly files: readonly string[] }
  /** URLs of modules of packages that it has loaded, for the next one to load ahead. */
  | { readonly kiln: "packages"; readonly urls: readonly string[] }
  /** It uses the embedded database in this folder. */
  | { readonly kiln: "database"; readonly folder: string };

/** Tells our messages from what an app may send over the same channel. */
export function isKilnMessage(message: unknown): message is { readonly kiln: string } {
  return typeof message === "object" && message !== null && "kiln" in message && typeof message.kiln === "string";
}
