/** The process of a worker under `kiln start`: it waits for its order, loads the app and serves it. */
import { runWorker } from "../server/worker.ts";
import { loadApp } from "./load-app.ts";
import { reportError } from "./report-error.ts";

runWorker({ load: loadApp, reportError });
