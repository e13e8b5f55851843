/** The process of a worker under `kiln start`: it waits for its order, loads the app and serves it. */
import { useCompileCache } from "./compile-cache.ts";
import { reportError } from "./report-error.ts";

useCompileCache();
// After the line above, so that it holds for them too.
const [{ loadApp }, { runWorker }] = await Promise.all([import("./load-app.ts"), import("../server/worker.ts")]);

runWorker({ load: loadApp, reportError });
