import { availableParallelism } from "node:os";
import type { RootLogger } from "../logging/logger.ts";
import { Backoff } from "./backoff.ts";
import type { EndReason, Role } from "./messages.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** What is to be started. */
export interface Place {
  readonly role: Role;
  readonly number: number;
  readonly generation: number;
  readonly once: boolean;
}

/** What a fleet stands on. */
export interface FleetParts {
  readonly log: () => RootLogger;
  readonly start: (place: Place) => WorkerHandle;
  /** It is about to leave while others serve: it gets no more connections. */
  readonly onLeaving: (worker: WorkerHandle) => void;
  /** Milliseconds for which connections of a worker that is replaced may ask once more. */
  readonly linger: number;
  /** Called when time has come to look again. */
  readonly onLater: () => void;
  /** Called when workers of a kind fail to start again and again, and none of them serves. */
  readonly onHopeless: (worker: WorkerHandle) => void;
}

/** Boots in a row that may fail. */
const mostFailures = 3;
const roles = ["web", "jobs"] as const;

function placeName({ order }: WorkerHandle): string {
  return `${order.role} ${order.number}`;
}

function rank({ order }: WorkerHandle): number {
  return order.number + (order.role === "web" ? 0 : 1e6);
}

/**
 * Which workers there are and which there should be. `fill` compares the two and starts, replaces or ends what is
 * missing, due or too many; everything that changes something calls it.
 *
 * A worker is replaced by one of the same number, which is there first: the old one leaves when the new one serves. One
 * replacement is under way at a time.
 */
export class Fleet {
  readonly workers: Set<WorkerHandle> = new Set();
  readonly desired: Record<Role, number>;
  readonly restarts: Partial<Record<EndReason, number>> = {};
  generation = 1;
  readonly #parts: FleetParts;
  readonly #backoff = new Backoff();
  readonly #failures: Record<Role, number> = { web: 0, jobs: 0 };
  /** The generation whose start-up work has been done. */
  #doneOnce = 0;
  /** Whether a worker has ever served. */
  #proven = false;
  #reload: { readonly startedAt: number; replaced: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(desired: Record<Role, number>, parts: FleetParts) {
    this.desired = desired;
    this.#parts = parts;
  }

  get reloading(): boolean {
    return this.#reload !== undefined;
  }

  /** Those that are there to stay and take no other's place. */
  members(role: Role): WorkerHandle[] {
    return [...this.workers].filter(
      (worker) => worker.order.role === role && worker.staying && worker.replaces === undefined,
    );
  }

  serving(role: Role): WorkerHandle[] {
    return [...this.workers].filter((worker) => worker.order.role === role && worker.state === "ready");
  }

  fill(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    for (const role of roles) this.#fillRole(role);
    this.#replace();
    this.#endReload();
  }

  /** From now on nothing is started. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Replaces every worker, so that all run the code that is there now. */
  reload(): void {
    this.generation += 1;
    this.#backoff.forget();
    this.#reload = { startedAt: performance.now(), replaced: 0 };
    for (const worker of this.workers) if (worker.staying) worker.retiring ??= "reload";
    this.#parts.log().info({ generation: this.generation }, "reload_started");
    this.fill();
  }

  /** One worker is to be replaced. */
  retire(worker: WorkerHandle, reason: EndReason): void {
    if (!worker.staying || worker.retiring !== undefined) return;
    worker.retiring = reason;
    this.fill();
  }

  /** A worker serves. */
  proved(worker: WorkerHandle): void {
    this.#proven = true;
    this.#failures[worker.order.role] = 0;
    if (worker.order.once) this.#doneOnce = worker.order.generation;
    this.fill();
  }

  /** A worker will end that nobody has told to. */
  lost(worker: WorkerHandle, reason: EndReason): void {
    const now = performance.now();
    const served = worker.readyAt === undefined ? 0 : Math.max(1, now - worker.readyAt);
    const delay = this.#backoff.strike(placeName(worker), served, now);
    this.#count(reason);
    this.#parts.log().error(
      {
        ...worker.label,
        reason,
        ...worker.exit,
        ...(worker.failure === undefined ? {} : { failure: worker.failure }),
        restart_in_ms: delay,
      },
      "worker_lost",
    );
    if (worker.replaces?.retiring === "reload") this.#stopReload(worker);
    else if (worker.readyAt === undefined && worker.replaces === undefined) this.#bootFailed(worker);
    this.fill();
  }

  #count(reason: EndReason): void {
    this.restarts[reason] = (this.restarts[reason] ?? 0) + 1;
  }

  #bootFailed(worker: WorkerHandle): void {
    const { role } = worker.order;
    this.#failures[role] += 1;
    if (this.#failures[role] >= mostFailures && this.serving(role).length === 0) this.#parts.onHopeless(worker);
  }

  #later(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#parts.onLater, wait);
  }

  #fillRole(role: Role): void {
    const members = this.members(role);
    const wanted = this.desired[role];
    for (const worker of members) if (worker.order.number > wanted) this.leave(worker, "fewer");
    const taken = new Set(members.map(({ order }) => order.number));
    for (let number = 1; number <= wanted; number++) {
      if (taken.has(number)) continue;
      // As long as the first has not served, others would only fail as well.
      if (!this.#proven && (role !== "web" || number > 1)) return;
      const wait = this.#backoff.wait(`${role} ${number}`, performance.now());
      if (wait > 0) this.#later(wait);
      else if (this.#mayStart()) this.#start(role, number);
    }
  }

  /** Starting costs a core each, so as many at once as there are. */
  #mayStart(): boolean {
    const starting = [...this.workers].filter(({ state }) => state === "starting").length;
    return starting < Math.max(2, availableParallelism());
  }

  #start(role: Role, number: number): WorkerHandle {
    const { generation } = this;
    const underWay = [...this.workers].some(({ order, staying }) => staying && order.once);
    const once = role === "web" && this.#doneOnce < generation && !underWay;
    const worker = this.#parts.start({ role, number, generation, once });
    this.workers.add(worker);
    return worker;
  }

  #replace(): void {
    for (const worker of this.workers) {
      const { replaces } = worker;
      if (replaces === undefined || !worker.staying) continue;
      if (replaces.staying) {
        if (worker.state === "starting") return;
        this.#count(replaces.retiring ?? "reload");
        if (this.#reload !== undefined) this.#reload.replaced += 1;
        this.leave(replaces, replaces.retiring ?? "reload");
      }
      worker.replaces = undefined;
    }
    this.#replaceNext();
  }

  #replaceNext(): void {
    const due = [...this.workers].filter(({ retiring, state }) => retiring !== undefined && state === "ready");
    // Web workers first, by number.
    for (const worker of due.toSorted((a, b) => rank(a) - rank(b))) {
      const wait = this.#backoff.wait(placeName(worker), performance.now());
      if (wait > 0) this.#later(wait);
      else {
        this.#start(worker.order.role, worker.order.number).replaces = worker;
        return;
      }
    }
  }

  /** Lets a worker go while others serve. */
  leave(worker: WorkerHandle, reason: EndReason): void {
    this.#parts.onLeaving(worker);
    worker.leave(reason, this.#parts.linger, () => this.#parts.log().error(worker.label, "worker_overdue"));
  }

  #stopReload(worker: WorkerHandle): void {
    const kept = [...this.workers].filter(({ retiring, staying }) => staying && retiring === "reload");
    for (const old of kept) old.retiring = undefined;
    this.#parts.log().error(
      {
        generation: this.generation,
        replaced: this.#reload?.replaced ?? 0,
        kept: kept.length,
        reason: worker.failure,
      },
      "reload_stopped",
    );
    this.#reload = undefined;
    this.#backoff.forget();
  }

  #endReload(): void {
    if (this.#reload === undefined) return;
    const open = [...this.workers].some(({ retiring, staying }) => staying && retiring === "reload");
    if (open) return;
    const { startedAt, replaced } = this.#reload;
    this.#reload = undefined;
    const duration_ms = Math.round(performance.now() - startedAt);
    this.#parts.log().info({ generation: this.generation, replaced, duration_ms }, "reloaded");
  }
}
