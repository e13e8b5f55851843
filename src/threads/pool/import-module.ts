import { registerHooks } from "node:module";
import { Server } from "node:net";
import { KilnError } from "../../errors/kiln-error.ts";
import { importOf, refuseWhileImporting, type ThreadState } from "./thread-state.ts";

const names: Readonly<Record<string, string>> = {
  TCPSocketWrap: "a connection",
  TCPConnectWrap: "a connection",
  TLSWrap: "a connection",
  PipeConnectWrap: "a connection",
  GetAddrInfoReqWrap: "a connection",
  TCPServerWrap: "a server",
  PipeServerWrap: "a server",
  UDPWrap: "a socket",
  ProcessWrap: "a child process",
};

function openThings(): string[] {
  return process.getActiveResourcesInfo().filter((name) => names[name] !== undefined);
}

function leftOpen(before: readonly string[]): string | undefined {
  const after = openThings();
  for (const name of before) {
    const at = after.indexOf(name);
    if (at !== -1) after.splice(at, 1);
  }
  return after[0] === undefined ? undefined : names[after[0]];
}

function importError(url: string, what: string, why: string, fix: string, cause?: unknown): KilnError {
  return new KilnError("KILN_BLOCKING_IMPORT", { where: importOf(url), what, why, fix, cause });
}

/** Imports with a watch on what must not happen in a thread: a server, and the tests of a file of tests. */
async function importWatched(url: string): Promise<void> {
  const { listen } = Server.prototype;
  Server.prototype.listen = function refused(this: Server, ...args: unknown[]): Server {
    refuseWhileImporting("server.listen()");
    return Reflect.apply(listen, this, args) as Server;
  };
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === "node:test") refuseWhileImporting('import "node:test"');
      return next(specifier, context);
    },
  });
  try {
    await import(url);
  } finally {
    hooks.deregister();
    Server.prototype.listen = listen;
  }
}

async function importOnce(url: string, state: ThreadState): Promise<void> {
  const before = openThings();
  state.importing = url;
  try {
    await importWatched(url);
  } catch (error) {
    // What the module did comes first: the error may be only what became of it.
    if (state.effects.length > 0) return;
    const reason = error instanceof Error ? error.message : String(error);
    throw importError(url, "import", `failed: ${reason}`, "See the cause", error);
  } finally {
    state.importing = undefined;
  }
  const left = leftOpen(before);
  if (left !== undefined) {
    throw importError(
      url,
      left,
      "was opened by the import and is still open",
      "Open it where it is used, or in a resource",
    );
  }
}

const imports = new Map<string, Promise<void>>();

/**
 * Imports the module of a `blocking()` function in a thread. Doing so must define things and have no other effect. What
 * went wrong once goes wrong again: a module is evaluated a single time.
 *
 * @throws KilnError KILN_BLOCKING_IMPORT that names what ran, or has what the module threw as its cause
 */
export function importModule(url: string, state: ThreadState): Promise<void> {
  const known = imports.get(url);
  if (known !== undefined) return known;
  const importing = importOnce(url, state).then(() => {
    const [effect] = state.effects.splice(0);
    if (effect !== undefined) throw effect;
  });
  imports.set(url, importing);
  return importing;
}
