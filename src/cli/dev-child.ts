/**
 * The process that serves under `kiln dev`: it loads the app, tells what it loaded, and ends when `kiln dev` is gone.
 * Its one argument is JSON: the entry, and where to listen.
 */
import { subscribe } from "node:diagnostics_channel";
import { enableCompileCache, flushCompileCache, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { DevMessage } from "./dev-message.ts";
import type { ServeOptions } from "./main.ts";
import { reportError } from "./report-error.ts";

/** What `kiln dev` starts this process with. */
export interface DevOrder {
  readonly entry: string;
  readonly options: ServeOptions;
}

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

/** When the parent is gone, however it went, this is an orphan. */
function endWithParent(): void {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  // Listening for that must not keep an app alive that has ended by itself.
  process.channel?.unref();
}

async function serve({ entry, options }: DevOrder): Promise<void> {
  endWithParent();
  // Most of a restart is compiling the same packages again.
  enableCompileCache();
  reportLoaded();
  subscribe("kilnjs:postgres:embedded", (message) => {
    // The publisher is kilnjs/postgres, which says a folder.
    tell({ kind: "database", folder: (message as { folder: string }).folder });
  });
  const { loadApp } = await import("./load-app.ts");
  const { listening } = await import("./listening.ts");
  const { port } = await listening(await loadApp(entry), options);
  tell({ kind: "ready", port });
  // An end by a signal would lose it.
  flushCompileCache();
}

// `kiln dev` wrote the argument.
serve(JSON.parse(process.argv[2] ?? "") as DevOrder).catch((error: unknown) => {
  reportError(error);
  process.exit(1);
});
