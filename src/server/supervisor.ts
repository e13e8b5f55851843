import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import type { Admin } from "../admin/server.ts";
import { environmentName, isProduction } from "../app/environment.ts";
import { urlOf } from "../app/listen.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { createLogger } from "../logging/create-logger.ts";
import type { RootLogger } from "../logging/logger.ts";
import { reopenLogFiles } from "../logging/sink.ts";
import { openSupervisorAdmin } from "./admin.ts";
import { Fleet, type Place } from "./fleet.ts";
import { Handover } from "./handover.ts";
import type { PlainLogging, WorkerMessage, WorkerOrder } from "./messages.ts";
import { bootFailureCode, type End, type SupervisorOptions, type SupervisorParts } from "./options.ts";
import { Reports } from "./reports.ts";
import { type SupervisorStatus, statusOf } from "./status.ts";
import { WorkerHandle } from "./worker-handle.ts";

/** What the loop acts on. */
type Event =
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals }
  | { readonly kind: "message"; readonly worker: WorkerHandle; readonly message: WorkerMessage }
  | { readonly kind: "exit"; readonly worker: WorkerHandle }
  | { readonly kind: "listening" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "look" };

const signals = ["SIGTERM", "SIGINT", "SIGHUP", "SIGTTIN", "SIGTTOU", "SIGUSR1"] as const;

function beatOf(timeout: number): number {
  return timeout === 0 ? 1_000 : Math.min(1_000, Math.max(50, timeout / 10));
}

function openLog(logging: PlainLogging): RootLogger {
  const environment = environmentName();
  return createLogger({ service: "kiln", ...logging, environment, production: isProduction(environment) });
}

/**
 * Keeps the workers of an app: starts, watches, replaces and ends them, and hands them their connections. What happens,
 * signals included, only joins a queue; one loop acts on it, so no two things are done at once.
 *
 *   starting --a worker serves--> serving --TERM, INT--> stopping --> ended
 *       \_______workers fail to start, the port is taken______^
 */
export class Supervisor {
  #state: "starting" | "serving" | "stopping" = "starting";
  #end: End | undefined;
  #log: RootLogger;
  #listening = false;
  #lookedAt = performance.now();
  #look: NodeJS.Timeout | undefined;
  readonly #queue: Event[] = [];
  readonly #options: SupervisorOptions;
  readonly #parts: SupervisorParts;
  readonly #fleet: Fleet;
  readonly #handover = new Handover();
  readonly #reports = new Reports(() => this.#fleet.workers);
  readonly #startedAt = performance.now();
  readonly #ended = Promise.withResolvers<End>();

  constructor(options: SupervisorOptions, parts: SupervisorParts) {
    this.#options = options;
    this.#parts = parts;
    this.#log = openLog({});
    this.#fleet = new Fleet(
      { web: options.workers, jobs: options.jobs },
      {
        log: () => this.#log,
        start: (place) => this.#fork(place),
        onLeaving: (worker) => this.#handover.remove(worker),
        linger: options.linger,
        onLater: () => this.#enqueue({ kind: "look" }),
        onHopeless: (worker) => this.#giveUp(worker),
      },
    );
  }

  /** Runs until a signal or a failure ends it, and all workers have ended. */
  async run(): Promise<End> {
    cluster.setupPrimary({ exec: fileURLToPath(this.#parts.workerFile), args: [] });
    const hear = (signal: NodeJS.Signals): void => this.#enqueue({ kind: "signal", signal });
    for (const signal of signals) process.on(signal, hear);
    this.#look = setInterval(() => this.#enqueue({ kind: "look" }), beatOf(this.#options.timeout));
    const { workers, jobs } = this.#options;
    this.#log.info({ pid: process.pid, workers, jobs }, "supervisor_started");
    const admin = await this.#openAdmin();
    this.#fleet.fill();
    const end = await this.#ended.promise;
    clearInterval(this.#look);
    this.#fleet.stop();
    await admin?.close();
    await this.#parts.releaseDatabases();
    this.#log.info("supervisor_ended");
    await this.#log.close();
    for (const signal of signals) process.off(signal, hear);
    return end;
  }

  /** What a page or a command shows of it. */
  status(): SupervisorStatus {
    return statusOf({
      state: this.#fleet.reloading ? "reloading" : this.#state,
      entry: this.#options.entry,
      address: this.#handover.address,
      startedAt: this.#startedAt,
      fleet: this.#fleet,
    });
  }

  /** Before the first worker: what keeps that from starting can be seen there. */
  async #openAdmin(): Promise<Admin | undefined> {
    const { admin } = this.#options;
    if (admin === undefined) return undefined;
    const supervised = { status: () => this.status(), reports: this.#reports };
    return openSupervisorAdmin(supervised, admin, () => this.#log).catch((error: unknown) => {
      this.#stop({ kind: "error", error, exitCode: 1 });
      return undefined;
    });
  }

  #fork(place: Place): WorkerHandle {
    const { entry, listen, transport, readyTimeout, maxRequests, maxRequestsJitter, timeout, jobs } = this.#options;
    // All replaced at the same moment would be a gap in the service.
    const spread = Math.floor(Math.random() * (maxRequestsJitter + 1));
    const order: WorkerOrder = {
      ...place,
      ...listen,
      ...(jobs > 0 ? { runsJobs: place.role === "jobs" } : {}),
      entry,
      transport,
      beat: beatOf(timeout),
      readyTimeout,
      maxRequests: maxRequests === 0 ? 0 : maxRequests + spread,
    };
    const worker = new WorkerHandle(cluster.fork().process, order, {
      onMessage: (from, message) => this.#enqueue({ kind: "message", worker: from, message }),
      onExit: (ended) => this.#enqueue({ kind: "exit", worker: ended }),
    });
    this.#log.debug(worker.label, "worker_starting");
    return worker;
  }

  #enqueue(event: Event): void {
    this.#queue.push(event);
    if (this.#queue.length === 1) setImmediate(() => this.#loop());
  }

  #loop(): void {
    for (const event of this.#queue) this.#act(event);
    this.#queue.length = 0;
  }

  #act(event: Event): void {
    switch (event.kind) {
      case "signal":
        return this.#onSignal(event.signal);
      case "message":
        return this.#onMessage(event.worker, event.message);
      case "exit":
        return this.#onExit(event.worker);
      case "listening":
        for (const worker of this.#fleet.workers) this.#serve(worker);
        return;
      case "failed":
        return this.#stop({ kind: "error", error: event.error, exitCode: 1 });
      case "look":
        return this.#onLook();
      default:
        return event satisfies never;
    }
  }

  #onSignal(signal: NodeJS.Signals): void {
    switch (signal) {
      case "SIGHUP":
        return this.#state === "serving" ? this.#fleet.reload() : undefined;
      case "SIGTTIN":
        return this.#resize(1);
      case "SIGTTOU":
        return this.#resize(-1);
      case "SIGUSR1":
        return this.#reopenLogs();
      default:
        if (this.#state !== "stopping") return this.#stop({ kind: "signal", signal });
        for (const worker of this.#fleet.workers) worker.kill("stop");
    }
  }

  #resize(by: number): void {
    const workers = Math.max(1, this.#fleet.desired.web + by);
    this.#fleet.desired.web = workers;
    this.#log.info({ workers }, "workers_wanted");
    this.#fleet.fill();
  }

  #reopenLogs(): void {
    reopenLogFiles();
    for (const worker of this.#fleet.workers) worker.tell({ kiln: "reopen_logs" });
    this.#log.info("logs_reopened");
  }

  #onMessage(worker: WorkerHandle, message: WorkerMessage): void {
    worker.heardAt = performance.now();
    switch (message.kiln) {
      case "ready":
        worker.ready = message.ready;
        return worker.order.role === "web" ? this.#serve(worker) : this.#isReady(worker);
      case "serving":
        return this.#isReady(worker);
      case "failed":
        worker.failure = message.reason;
        return;
      case "beat":
        worker.beat = message.beat;
        return this.#checkMemory(worker, message.beat.rss);
      case "connections":
        worker.open = message.open;
        if (message.took !== undefined) this.#handover.took(worker, message.took);
        return;
      case "refused":
        return this.#handover.giveBack(worker, message.id);
      case "report":
        return this.#reports.took(worker, message.report, message.id);
      case "retire":
        return this.#fleet.retire(worker, message.reason);
      case "crashed":
        return this.#onCrash(worker, message.reason);
      case "closed":
        this.#handover.remove(worker);
        if (this.#state === "stopping") this.#handover.close();
        return;
      case "loaded":
      case "packages":
        return;
      case "database":
        return this.#parts.holdDatabase(message.folder);
      default:
        return message satisfies never;
    }
  }

  /** Lets a worker whose app is open have connections, once there is a port to have them from. */
  #serve(worker: WorkerHandle): void {
    if (worker.ready === undefined || worker.state !== "starting" || worker.order.role !== "web") return;
    const { address } = this.#handover;
    if (address !== undefined) return worker.tell({ kiln: "serve", address });
    if (this.#listening) return;
    this.#listening = true;
    this.#handover.listen(worker.ready.address).then(
      () => this.#enqueue({ kind: "listening" }),
      (error: unknown) => this.#enqueue({ kind: "failed", error }),
    );
  }

  #isReady(worker: WorkerHandle): void {
    if (worker.state !== "starting") return;
    worker.state = "ready";
    worker.readyAt = performance.now();
    if (worker.order.role === "web") this.#handover.add(worker);
    const { generation } = worker.order;
    if (this.#state === "starting") this.#serves(worker);
    this.#log.info(
      { ...worker.label, generation, startup_ms: Math.round(worker.readyAt - worker.startedAt) },
      "worker_ready",
    );
    this.#fleet.proved(worker);
  }

  /** The first one serves. */
  #serves({ ready }: WorkerHandle): void {
    this.#state = "serving";
    const { address } = this.#handover;
    if (ready === undefined) return;
    const before = this.#log;
    this.#log = openLog(ready.logging);
    void before.close();
    if (address === undefined) return;
    const url = urlOf(address, ready.scheme);
    const docs = Object.fromEntries(ready.docs.map((name) => [name, `${url}/${name}`]));
    this.#log.info({ url, ...docs, startup_ms: Math.round(performance.now() - this.#startedAt) }, "ready");
  }

  #checkMemory(worker: WorkerHandle, rss: number): void {
    const { maxMemory } = this.#options;
    if (maxMemory === 0 || rss <= maxMemory || worker.retiring !== undefined || worker.state !== "ready") return;
    this.#log.warn({ ...worker.label, memory_bytes: rss, limit_bytes: maxMemory }, "worker_over_memory");
    this.#fleet.retire(worker, "max_memory");
  }

  /** An error escaped in it; it closes what it has open and ends, and another may come meanwhile. */
  #onCrash(worker: WorkerHandle, reason: string): void {
    worker.failure = reason;
    if (!worker.staying) return;
    worker.endsItself("crash");
    this.#handover.remove(worker);
    if (this.#state !== "stopping") this.#fleet.lost(worker, "crash");
  }

  #onExit(worker: WorkerHandle): void {
    this.#fleet.workers.delete(worker);
    this.#reports.gone(worker);
    this.#handover.remove(worker);
    this.#handover.giveBack(worker);
    if (this.#state === "stopping") return this.#checkEnd();
    if (!worker.expected) {
      return this.#fleet.lost(worker, worker.endReason ?? (worker.readyAt === undefined ? "boot_failure" : "crash"));
    }
    this.#log.info({ ...worker.label, reason: worker.endReason, ...worker.exit }, "worker_ended");
    this.#fleet.fill();
  }

  #onLook(): void {
    const now = performance.now();
    const { timeout, readyTimeout } = this.#options;
    const late = now - this.#lookedAt - beatOf(timeout);
    this.#lookedAt = now;
    for (const worker of this.#fleet.workers) {
      // Silence while this process itself did not run proves nothing.
      if (late > timeout / 2) worker.heardAt = now;
      if (worker.endReason !== undefined) continue;
      if (worker.state === "starting" && now - worker.startedAt > readyTimeout) {
        worker.failure ??= `it was not ready within ${readyTimeout} ms`;
        worker.kill("not_ready");
      }
      const silence = now - worker.heardAt;
      if (worker.state === "ready" && timeout > 0 && silence > timeout) {
        this.#log.error({ ...worker.label, silent_ms: Math.round(silence) }, "worker_stalled");
        worker.kill("stalled");
      }
    }
    if (this.#state !== "stopping") this.#fleet.fill();
  }

  #giveUp({ order, failure, exit }: WorkerHandle): void {
    const error = new KilnError("KILN_START_BOOT", {
      where: "kiln start",
      what: this.#options.entry,
      why: `could not be started three times in a row; ${order.role} worker ${order.number}: ${failure ?? JSON.stringify(exit)}`,
      fix: "Mend the cause; kiln start --workers 1 shows it in a single process",
    });
    this.#stop({ kind: "error", error, exitCode: bootFailureCode });
  }

  #stop(end: End): void {
    this.#end ??= end;
    if (this.#state === "stopping") return;
    this.#state = "stopping";
    this.#fleet.stop();
    this.#log.info({ workers: this.#fleet.workers.size }, "supervisor_stopping");
    for (const worker of this.#fleet.workers) {
      worker.leave("stop", undefined, () => this.#log.error(worker.label, "worker_overdue"));
    }
    this.#checkEnd();
  }

  #checkEnd(): void {
    if (this.#fleet.workers.size > 0 || this.#end === undefined) return;
    this.#handover.close();
    this.#handover.dropWaiting();
    this.#ended.resolve(this.#end);
  }
}
