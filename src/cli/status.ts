import { defaultAdminPort } from "../admin/options.ts";
import type { Status, WorkerStatus } from "../admin/status.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { finish } from "./output.ts";
import { reportError } from "./report-error.ts";
import { table } from "./table.ts";

/** What `kiln status` may be told. */
export interface StatusOptions {
  /** Of the admin port. */
  readonly url?: string;
  readonly json?: boolean;
}

/** The exit codes: everything serves, it does not, nobody answers. */
const exitCodes = { ready: 0, notReady: 1, unreachable: 2 } as const;
const patience = 5_000;

function unreachable(url: string, why: string, cause?: unknown): KilnError {
  return new KilnError("KILN_CLI_STATUS", {
    where: "kiln status",
    what: url,
    why,
    fix: "Start the app with kiln start, or name its admin port: kiln status --url http://127.0.0.1:9464",
    ...(cause === undefined ? {} : { cause }),
  });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

async function read(url: string): Promise<Status> {
  const page = URL.canParse("/status", url) ? new URL("/status", url) : undefined;
  if (page === undefined) throw unreachable(url, "is no URL");
  const answer = await fetch(page, { signal: AbortSignal.timeout(patience) }).catch((error: unknown) => {
    throw unreachable(url, `did not answer: ${reasonOf(error)}`, error);
  });
  const text = await answer.text();
  const isStatus = answer.ok && answer.headers.get("content-type")?.startsWith("application/json") === true;
  const found: unknown = isStatus ? JSON.parse(text) : undefined;
  // An admin port of Kiln answers nothing else under this path; anything else has no such list.
  const status = found as Status | undefined;
  if (!Array.isArray(status?.workers)) throw unreachable(url, `is no admin port of Kiln (${answer.status})`);
  return status;
}

/** `93784` seconds -> `1d 2h`. */
function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0s";
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

function rowOf({
  worker,
  pid,
  state,
  generation,
  uptime,
  requests,
  inFlight,
  cpu,
  memory,
  reason,
}: WorkerStatus): string[] {
  return [
    worker,
    String(pid),
    state,
    String(generation),
    duration(uptime),
    String(requests),
    String(inFlight),
    cpu < 60 ? `${cpu.toFixed(1)}s` : duration(cpu),
    megabytes(memory),
    reason ?? "",
  ];
}

const heading = ["WORKER", "PID", "STATE", "GENERATION", "UP", "REQUESTS", "IN FLIGHT", "CPU", "MEMORY", "WHY"];

function factsOf(status: Status): string {
  const { app, url, state, ready, supervised, pid, uptime, environment, kiln, node, restarts } = status;
  const counts = Object.entries(restarts).map(([reason, count]) => `${count} ${reason}`);
  const rows = [
    ["app", app === undefined ? "not there yet" : `${app.title} ${app.version}`],
    ["url", url ?? "none yet"],
    ["state", `${state}, ${ready ? "ready" : "not ready"}`],
    ["process", `${pid}, ${supervised ? "supervises" : "serves alone"}, up ${duration(uptime)}`],
    ["environment", environment],
    ["versions", `kiln ${kiln}, node ${node}`],
    ["restarts", counts.length === 0 ? "none" : counts.join(", ")],
  ];
  return table(rows);
}

/** `kiln status`: how the app on this machine is. */
export async function status(options: StatusOptions): Promise<void> {
  const { url = `http://127.0.0.1:${defaultAdminPort}`, json = false } = options;
  try {
    const found = await read(url);
    const text = json
      ? `${JSON.stringify(found, null, 2)}\n`
      : `${factsOf(found)}\n${table([heading, ...found.workers.map(rowOf)])}`;
    await finish(text, found.ready ? exitCodes.ready : exitCodes.notReady);
  } catch (error) {
    reportError(error);
    process.exit(exitCodes.unreachable);
  }
}
