/**
 * The process that serves under `kiln dev`. It loads Kiln, waits for its order, loads the app and serves it; it tells
 * what it loaded, and ends when `kiln dev` is gone.
 */
import { subscribe } from "node:diagnostics_channel";
import { flushCompileCache, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { useCompileCache } from "./compile-cache.ts";
import type { DevMessage, DevOrder } from "./dev-message.ts";
import { reportError } from "./report-error.ts";

function tell(message: DevMessage): void {
  // Without an error function a channel that has just closed would throw, at a moment when this process ends anyway.
  process.send?.(message, undefined, undefined, () => {});
}

/** Reports every file of the user's that is loaded, those that cannot be parsed included. */
function reportLoaded(): void {
  let waiting: string[] = [];
  const flush = (): void => {
    tell({ kind: "loaded", files: waiting });
    waiting = [];
  };
  registerHooks({
    load: (url, context, next) => {
      if (url.startsWith("file:") && !url.includes("/node_modules/")) {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push(fileURLToPath(url.split(/[?#]/, 1)[0] ?? url));
      }
      return next(url, context);
    },
  });
}

function reportDatabases(): void {
  subscribe("kilnjs:postgres:embedded", (message) => {
    // The publisher is kilnjs/postgres, which says a folder.
    tell({ kind: "database", folder: (message as { readonly folder: string }).folder });
  });
}

function nextOrder(): Promise<DevOrder> {
  // `kiln dev` sends nothing else, once.
  return new Promise((resolve) => process.once("message", (order) => resolve(order as DevOrder)));
}

async function serve(): Promise<void> {
  // When the parent is gone, however it went, this is an orphan.
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  const ordered = nextOrder();
  useCompileCache();
  const [{ loadApp }, { listening }, { watchPackages }] = await Promise.all([
    import("./load-app.ts"),
    import("./listening.ts"),
    import("../app/guard.ts"),
  ]);
  await watchPackages();
  flushCompileCache();
  const { entry, options } = await ordered;
  // Waiting for the parent's end must not keep an app alive that has ended by itself.
  process.channel?.unref();
  reportLoaded();
  reportDatabases();
  const { port } = await listening(await loadApp(entry), options);
  tell({ kind: "ready", port });
  // An end by a signal would lose it.
  flushCompileCache();
}

serve().catch((error: unknown) => {
  reportError(error);
  process.exit(1);
});
