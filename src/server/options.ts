import type { AdminOptions } from "../admin/options.ts";
import type { ListenOptions } from "../app/listen.ts";

/** How an app is supervised. */
export interface SupervisorOptions {
  /** The module that exports the app, as an absolute path. */
  readonly entry: string;
  /** Web workers, at least 1. */
  readonly workers: number;
  /** Job workers beside them. */
  readonly jobs: number;
  readonly listen: Pick<ListenOptions, "port" | "host" | "path" | "fd">;
  /** Wins over what the app's options say. */
  readonly transport: Pick<ListenOptions, "tls" | "http2">;
  /** Milliseconds of silence after which a worker is killed; 0 for never. */
  readonly timeout: number;
  /** Milliseconds that a worker may take until it serves. */
  readonly readyTimeout: number;
  /** Requests after which a worker is replaced; 0 for never. */
  readonly maxRequests: number;
  /** Up to so many more, differently for each. */
  readonly maxRequestsJitter: number;
  /** Bytes of a worker's process beyond which it is replaced; 0 for no limit. */
  readonly maxMemory: number;
  /** Milliseconds for which open connections of a worker that is replaced may ask once more. */
  readonly linger: number;
  /** Undefined for no admin port. */
  readonly admin: AdminOptions | undefined;
}

/** What the supervisor is given by the command. */
export interface SupervisorParts {
  /** The module that a worker's process runs. */
  readonly workerFile: URL;
  /** Keeps the embedded database in this folder running as long as the supervisor does. */
  readonly holdDatabase: (folder: string) => void;
  readonly releaseDatabases: () => Promise<void>;
}

/** How the supervisor has ended. */
export type End =
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals }
  | { readonly kind: "error"; readonly error: unknown; readonly exitCode: number };

/** The exit code when workers fail to start; gunicorn has the same. */
export const bootFailureCode = 3;
