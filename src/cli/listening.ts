import type { AdminOptions } from "../admin/options.ts";
import type { App } from "../app/app.ts";
import type { Listening } from "../app/listen.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { ServeOptions } from "./main.ts";
import { listenOptions, transportOptions } from "./start-options.ts";

interface ListenFault extends Error {
  readonly code: string;
  readonly port?: number;
  /** Null for a descriptor. */
  readonly address?: string | null;
  /** Of a name that could not be looked up. */
  readonly hostname?: string;
}

type Reason = readonly [why: string, fix: string];

const reasons: Readonly<Record<string, Reason>> = {
  EADDRINUSE: ["is taken by another process", "Stop that one, or choose another port with --port or PORT"],
  EACCES: ["may not be used by this user", "Choose a port above 1023 with --port or PORT"],
  EADDRNOTAVAIL: ["is no address of this machine", "Choose another with --host or HOST"],
};
const socketReasons: Readonly<Record<string, Reason>> = {
  EADDRINUSE: ["is taken by another process", "Stop that one, or choose another path with --unix"],
  // Node says the same of a folder that does not exist.
  EACCES: ["cannot be made", "Choose a path with --unix whose folder exists and lets this user write"],
};

const calls = ["listen", "getaddrinfo"];

function isListenFault(error: unknown): error is ListenFault {
  return error instanceof Error && "syscall" in error && calls.includes(String(error.syscall)) && "code" in error;
}

/** What was listened on, and what is known of such a failure. */
function listened({ code, port, address, hostname, message }: ListenFault): readonly [what: string, reason: Reason] {
  const why = `cannot be listened on (${code})`;
  if (hostname !== undefined) return [hostname, [why, "Choose an address of this machine with --host or HOST"]];
  if (typeof address !== "string")
    return [message, [`is what came of --fd (${code})`, "Name the descriptor of a socket"]];
  // Node's port of a path.
  if (port === -1) return [address, socketReasons[code] ?? [why, "Choose another path with --unix"]];
  return [`${address}:${port}`, reasons[code] ?? [why, "Choose another port or address"]];
}

/** What listening failed with, in words; any other error as it is. */
export function explainListening(error: unknown): unknown {
  if (!isListenFault(error)) return error;
  const [what, [why, fix]] = listened(error);
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
