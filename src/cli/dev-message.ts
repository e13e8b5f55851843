import type { ServeOptions } from "./main.ts";

/** What `kiln dev` tells a process, once: serve this. */
export interface DevOrder {
  /** The entry as an absolute path. */
  readonly entry: string;
  readonly options: ServeOptions;
}

/** What the process that serves tells `kiln dev`. */
export type DevMessage =
  /** Files of modules that were loaded, as absolute paths. */
  | { readonly kind: "loaded"; readonly files: readonly string[] }
  /** It listens. */
  | { readonly kind: "ready"; readonly port: number }
  /** It uses the embedded database in this folder. */
  | { readonly kind: "database"; readonly folder: string };

/** Tells such a message from what other code may send over the same channel. */
export function isDevMessage(message: unknown): message is DevMessage {
  if (typeof message !== "object" || message === null || !("kind" in message)) return false;
  return message.kind === "loaded" || message.kind === "ready" || message.kind === "database";
}
