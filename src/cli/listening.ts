import type { AdminOptions } from "../admin/options.ts";
import type { App } from "../app/app.ts";
import type { Listening } from "../app/listen.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { ServeOptions } from "./main.ts";
import { listenOptions, transportOptions } from "./start-options.ts";

interface ListenFault extends Error {
  readonly code: string;
  readonly port?: number;
  readonly address?: string;
}

const reasons: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  EADDRINUSE: ["is taken by another process", "Stop that one, or choose another port with --port or PORT"],
  EACCES: ["may not be used by this user", "Choose a port above 1023 with --port or PORT"],
  EADDRNOTAVAIL: ["is no address of this machine", "Choose another with --host or HOST"],
};

function isListenFault(error: unknown): error is ListenFault {
  return error instanceof Error && "syscall" in error && error.syscall === "listen" && "code" in error;
}

/** What listening failed with, in words; any other error as it is. */
export function explainListening(error: unknown): unknown {
  if (!isListenFault(error)) return error;
  const [why, fix] = reasons[error.code] ?? [`cannot be listened on (${error.code})`, "Choose another port or address"];
  const what = error.port === undefined ? error.message : `${error.address ?? ""}:${error.port}`;
  return new KilnError("KILN_CLI_LISTEN", { where: "the kiln command", what, why, fix, cause: error });
}

/**
 * Serves an app where the command line says.
 *
 * @throws KilnError KILN_CLI_LISTEN when the port or the address cannot be had; what starting throws
 */
export async function listening(app: App, options: ServeOptions, admin?: AdminOptions): Promise<Listening> {
  try {
    const more = admin === undefined ? {} : { admin };
    return await app.listen({ ...listenOptions(options), ...transportOptions(options), ...more });
  } catch (error) {
    throw explainListening(error);
  }
}
