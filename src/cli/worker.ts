import { appRecord } from "../app/app.ts";
import { runJobs } from "../app/worker.ts";
import { loadApp } from "./load-app.ts";
import { hearSignals } from "./single-process.ts";

/** `kiln worker`: runs the app's jobs in this process until a signal ends it. */
export async function worker(entry: string | undefined): Promise<void> {
  // Before the app is loaded: its modules may ask.
  process.env.NODE_ENV ||= "production";
  hearSignals();
  const app = await loadApp(entry);
  await runJobs(app[appRecord]);
}
