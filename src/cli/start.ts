import { endBy } from "../app/signals.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { ownFile } from "../errors/own-files.ts";
import type { End } from "../server/options.ts";
import { createDatabaseLeases } from "./database-leases.ts";
import { findEntry, packageSettings } from "./entry.ts";
import { explainListening } from "./listening.ts";
import { reportError } from "./report-error.ts";
import { adminOptions, inheritedSocket, listenOptions, type StartOptions, transportOptions } from "./start-options.ts";

function settingError(name: string, value: unknown, fix: string): KilnError {
  return new KilnError("KILN_START_OPTIONS", {
    where: 'package.json "kiln"',
    what: `${name}: ${JSON.stringify(value)}`,
    why: "is no number of processes",
    fix,
  });
}

/** How many workers package.json says, where the command line says nothing; `kiln tune --write` writes it there. */
function recordedWorkers(value: unknown): number | "auto" {
  if (value === undefined) return 1;
  if (value === "auto" || (typeof value === "number" && Number.isInteger(value) && value >= 1)) return value;
  throw settingError("workers", value, 'Write a whole number of at least 1, or "auto"');
}

/** What was measured, else what the machine suggests. */
async function autoWorkers(recorded: unknown, { maxMemory }: StartOptions): Promise<number> {
  const measured = recordedWorkers(recorded ?? "auto");
  if (measured !== "auto") return measured;
  const { thisMachine, workersFor } = await import("../server/worker-count.ts");
  return workersFor(thisMachine(), maxMemory === undefined ? undefined : maxMemory * 1024 * 1024);
}

function recordedJobs(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw settingError("jobs", value, "Write a whole number");
}

async function supervise(entry: string, workers: number, jobs: number, options: StartOptions): Promise<End> {
  const { Supervisor } = await import("../server/supervisor.ts");
  const databases = createDatabaseLeases();
  const { maxRequests = 0 } = options;
  const supervisor = new Supervisor(
    {
      entry,
      workers,
      jobs,
      listen: listenOptions(options),
      transport: transportOptions(options),
      timeout: (options.timeout ?? 30) * 1000,
      readyTimeout: (options.readyTimeout ?? 30) * 1000,
      linger: (options.linger ?? 5) * 1000,
      maxRequests,
      maxRequestsJitter: options.maxRequestsJitter ?? Math.ceil(maxRequests / 10),
      maxMemory: (options.maxMemory ?? 0) * 1024 * 1024,
      admin: adminOptions(options),
    },
    {
      workerFile: ownFile("cli/worker-process"),
      holdDatabase: databases.hold,
      releaseDatabases: databases.release,
    },
  );
  return supervisor.run();
}

/** A socket that systemd hands over is the one to listen on, where nobody asks for another. */
function withInherited(options: StartOptions): StartOptions {
  const fd = inheritedSocket();
  const { port, host, unix, fd: asked } = options;
  const isAsked = port !== undefined || host !== undefined || unix !== undefined || asked !== undefined;
  return fd === undefined || isAsked ? options : { ...options, fd };
}

/** Serves in this process. */
async function serve(entry: string, options: StartOptions): Promise<void> {
  const [{ loadApp }, { listening }, { hearSignals }] = await Promise.all([
    import("./load-app.ts"),
    import("./listening.ts"),
    import("./single-process.ts"),
  ]);
  hearSignals();
  await listening(await loadApp(entry), options, adminOptions(options));
}

/**
 * `kiln start`: serves the app until a signal ends it; a single worker in this process, several in processes of their own
 * that this one supervises.
 */
export async function start(argument: string | undefined, given: StartOptions): Promise<void> {
  // Before the app is loaded: its modules may ask.
  process.env.NODE_ENV ||= "production";
  const options = withInherited(given);
  const recorded = await packageSettings();
  const wanted = options.workers ?? recordedWorkers(recorded.workers);
  const jobs = options.jobs ?? recordedJobs(recorded.jobs);
  const entry = await findEntry(argument);
  const workers = wanted === "auto" ? await autoWorkers(recorded.workers, options) : wanted;
  if (workers === 1 && jobs === 0) return serve(entry, options);
  const end = await supervise(entry, workers, jobs, options);
  if (end.kind === "signal") endBy(end.signal);
  reportError(explainListening(end.error));
  process.exit(end.exitCode);
}
