/**
 * The process that serves under `kiln dev`: a worker that has loaded Kiln before its order comes, and tells which files of
 * the app it loads.
 */
import { flushCompileCache, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { useCompileCache } from "./compile-cache.ts";
import { preload, recordPackages } from "./preload.ts";
import { reportError } from "./report-error.ts";

useCompileCache();
// After the line above, so that it holds for them too.
const [{ loadApp }, { runWorker, tell }, { watchPackages }] = await Promise.all([
  import("./load-app.ts"),
  import("../server/worker.ts"),
  import("../app/guard.ts"),
]);
flushCompileCache();

const packages = recordPackages();

/** Reports every file of the user's that is loaded, those that cannot be parsed included. */
function reportLoaded(): void {
  let waiting: string[] = [];
  const flush = (): void => {
    tell({ kiln: "loaded", files: waiting });
    waiting = [];
  };
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      packages.note(context.parentURL, found.url);
      return found;
    },
    load: (url, context, next) => {
      if (url.startsWith("file:") && !url.includes("/node_modules/")) {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push(fileURLToPath(url.split(/[?#]/, 1)[0] ?? url));
      }
      return next(url, context);
    },
  });
}

runWorker({
  load: async (entry) => {
    await watchPackages();
    reportLoaded();
    return loadApp(entry);
  },
  reportError,
  onServing: () => {
    tell({ kiln: "packages", urls: packages.urls });
    // An end by a signal would lose it.
    flushCompileCache();
  },
  preload: (urls) => void preload(urls).then(() => flushCompileCache()),
});
