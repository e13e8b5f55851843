import cluster from "node:cluster";
import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { inspect } from "node:util";
import { type App, appRecord } from "../app/app.ts";
import { docsUrls, schemeOf, urlOf } from "../app/listen.ts";
import { startDraining } from "../app/shutdown.ts";
import { endBy, onSignals } from "../app/signals.ts";
import { type RunningApp, startApp } from "../app/start.ts";
import { jobNames } from "../app/worker.ts";
import { reopenLogFiles } from "../logging/sink.ts";
import { createReporter, type Reporter } from "../metrics/report.ts";
import { createIntake, type Intake } from "./intake.ts";
import {
  isKilnMessage,
  type ShownAddress,
  type SupervisorMessage,
  type WorkerMessage,
  type WorkerOrder,
} from "./messages.ts";
import { describeReady, listenOptionsOf } from "./ready.ts";
import { workerLabel } from "./reports.ts";
import { checkItself } from "./self-check.ts";

/** What a worker's process brings. */
export interface WorkerParts {
  /** Loads the app, or throws. */
  readonly load: (entry: string) => Promise<App>;
  /** Shows an error that ends the process. */
  readonly reportError: (error: unknown) => void;
  /** Told once it serves. */
  readonly onServing?: () => void;
  /** Loads modules before the order comes. */
  readonly preload?: (urls: readonly string[]) => void;
}

export function tell(message: WorkerMessage, told: () => void = () => {}): void {
  // Without a function a channel that has just closed would throw, at a moment when this process ends anyway.
  process.send?.(message, undefined, undefined, told);
}

/** Asks for a successor after so many requests, where an end has been set. */
function limitRequests({ state }: RunningApp, most: number): void {
  if (most === 0) return;
  let count = 0;
  state.onArrival = () => {
    count += 1;
    if (count === most) tell({ kiln: "retire", reason: "max_requests" });
  };
}

/** Makes the app's server take the connections that the supervisor hands over, as if it listened itself. */
async function serve({ fastify, stallWatch }: RunningApp, address: ShownAddress): Promise<Intake> {
  // With HTTP/2 it is of another class, of which only what both have is used.
  const server = fastify.server as Server;
  const intake = createIntake(server, address, {
    onTook: (id, open) => tell({ kiln: "connections", took: id, open }),
    onFewer: (open) => tell({ kiln: "connections", open }),
    onRefused: (id) => tell({ kiln: "refused", id }),
  });
  const closeServer = server.close.bind(server);
  // However the end begins, the supervisor learns when to give connections to others.
  server.close = (done) => {
    intake.stop();
    tell({ kiln: "closed" });
    return closeServer(done);
  };
  await fastify.listen(typeof address === "string" ? { path: address } : { port: address.port, host: address.address });
  stallWatch.start();
  return intake;
}

/**
 * The process of one worker.
 *
 *   starting --app open, checked--> ready --leave, or the supervisor is gone--> leaving --> (process ends)
 *       \______________________________leave_____________________________________^
 */
class Worker {
  #leaving = false;
  #running: RunningApp | undefined;
  #intake: Intake | undefined;
  #reporter: Reporter | undefined;
  readonly #starting: Promise<RunningApp>;
  readonly #label: string;
  readonly #onServing: (running: RunningApp, address: ShownAddress) => void;

  constructor(
    starting: Promise<RunningApp>,
    label: string,
    onServing: (running: RunningApp, address: ShownAddress) => void,
  ) {
    this.#starting = starting;
    this.#label = label;
    this.#onServing = onServing;
    void starting.then(
      (running) => {
        this.#running = running;
      },
      () => {},
    );
  }

  take(message: Exclude<SupervisorMessage, { kiln: "start" | "leave" | "preload" }>, socket: Socket | undefined): void {
    switch (message.kiln) {
      case "serve":
        return void this.#serve(message.address);
      case "connection":
        if (socket === undefined) return;
        if (this.#intake !== undefined) return this.#intake.take(message.id, socket);
        socket.destroy();
        return tell({ kiln: "refused", id: message.id });
      case "report":
        return void this.#report(message);
      case "reopen_logs":
        return reopenLogFiles();
      case "pause":
        return this.#pause();
      case "resume":
        if (this.#running !== undefined && !this.#leaving) this.#running.state.draining = false;
        return;
      default:
        return message satisfies never;
    }
  }

  async #serve(address: ShownAddress): Promise<void> {
    if (this.#running === undefined || this.#leaving) return;
    this.#intake = await serve(this.#running, address);
    tell({ kiln: "serving" });
    this.#onServing(this.#running, address);
  }

  async #report({ id, jobs, restart }: Extract<SupervisorMessage, { kiln: "report" }>): Promise<void> {
    if (this.#running === undefined) return;
    this.#reporter ??= createReporter(this.#running, this.#label);
    tell({ kiln: "report", id, report: await this.#reporter.report({ jobs, restart }) });
  }

  /** Without it, what it has counted since it was last asked would be missing from the sums. */
  async #sayLast(): Promise<void> {
    if (this.#reporter === undefined || !process.connected) return;
    const report = await this.#reporter.report({ jobs: false, restart: false });
    await new Promise<void>((resolve) => tell({ kiln: "report", report }, resolve));
  }

  #pause(): void {
    if (this.#running === undefined) return;
    const { state, fastify } = this.#running;
    startDraining(state);
    if ("closeIdleConnections" in fastify.server) fastify.server.closeIdleConnections();
  }

  beat(): void {
    const { rss, heapUsed } = process.memoryUsage();
    const active = this.#running?.state.active.size ?? 0;
    tell({ kiln: "beat", beat: { rss, heapUsed, active, connections: this.#intake?.open ?? 0, figures: {} } });
  }

  /**
   * Ends the app in order, then the process.
   *
   * @param linger see the message `leave`
   */
  async leave(linger: number | undefined): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    try {
      const running = await this.#starting;
      if (linger !== undefined) {
        // Others serve on: no balancer has to notice, and who asks once more is told to come back to one of them.
        startDraining(running.state);
        this.#intake?.stop();
        await this.#intake?.quiet(linger);
      }
      await running.close(linger === undefined ? {} : { drainDelay: 0 });
      await this.#sayLast();
    } finally {
      process.exit();
    }
  }
}

/** Says where the app is, as one does that listens itself. */
function announce(running: RunningApp, address: ShownAddress, started: number): void {
  const url = urlOf(address, schemeOf(running));
  const startup_ms = Math.round(performance.now() - started);
  running.log.info({ url, ...docsUrls(running, url), startup_ms }, "ready");
}

async function run(order: WorkerOrder, parts: WorkerParts, opening: (worker: Worker) => void): Promise<void> {
  const started = performance.now();
  const app = await parts.load(order.entry);
  const starting = startApp(app[appRecord], {
    transport: order.transport,
    once: order.once,
    ...(order.runsJobs === undefined ? {} : { jobs: order.runsJobs }),
  });
  const worker = new Worker(starting, workerLabel(order), (running, address) => {
    if (order.announce === true) announce(running, address, started);
    parts.onServing?.();
  });
  opening(worker);
  onSignals(starting, {
    signals: ["SIGTERM"],
    onAsked: (signal) => (process.connected ? tell({ kiln: "retire", reason: "signal" }) : endBy(signal)),
    onCrash: (error) => tell({ kiln: "crashed", reason: inspect(error) }),
  });
  const running = await starting;
  limitRequests(running, order.maxRequests);
  if (order.number > 0) running.log.bind({ worker: order.number });
  if (order.role === "jobs") {
    // Its number is that of a web worker as well.
    running.log.bind({ role: order.role });
    await jobNames(app[appRecord], running);
  }
  if (order.readyTimeout > 0) await checkItself(running, order.readyTimeout);
  tell({ kiln: "ready", ready: describeReady(app, running, listenOptionsOf(order)) });
  worker.beat();
  setInterval(() => worker.beat(), order.beat).unref();
}

/**
 * Runs a worker until it is told to leave: loads the app, opens it, checks that it answers, and serves the connections
 * that the supervisor hands over. It ends with its supervisor.
 *
 * @param parts what the process brings
 */
export function runWorker(parts: WorkerParts): void {
  // Ctrl-C and a terminal that closes come to all processes of a terminal; the supervisor says what follows.
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  // By itself the cluster would end this process at once when the supervisor is gone, with its requests.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  subscribe("kilnjs:postgres:embedded", (message) => {
    // The publisher is kilnjs/postgres, which says a folder.
    tell({ kiln: "database", folder: (message as { readonly folder: string }).folder });
  });
  let worker: Worker | undefined;
  // Before the app has begun to open there is nothing to end in order.
  const leave = (linger: number | undefined): void =>
    worker === undefined ? process.exit() : void worker.leave(linger);
  // Its supervisor takes the connections with it, however it has ended.
  process.once("disconnect", () => leave(0));
  process.on("message", (message: unknown, handle) => {
    if (!isKilnMessage(message)) return;
    // Nobody but the supervisor is at the other end, and it sends sockets and nothing else along.
    const said = message as SupervisorMessage;
    if (said.kiln === "leave") return leave(said.linger);
    if (said.kiln === "preload") return parts.preload?.(said.urls);
    if (said.kiln !== "start") return worker?.take(said, handle as Socket | undefined);
    run(said.order, parts, (opening) => (worker = opening)).catch((error: unknown) => {
      parts.reportError(error);
      tell({ kiln: "failed", reason: error instanceof Error ? error.message : inspect(error) }, () => process.exit(1));
    });
  });
}
