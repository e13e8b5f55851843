import type { Fleet } from "./fleet.ts";
import type { Beat, EndReason, Role, ShownAddress } from "./messages.ts";

/** A worker as a status page shows it. */
export interface WorkerStatus {
  readonly number: number;
  readonly role: Role;
  readonly pid: number;
  readonly state: "starting" | "ready" | "leaving" | "ended";
  readonly generation: number;
  /** Milliseconds since it was started. */
  readonly uptime: number;
  /** Milliseconds since it was last heard of. */
  readonly silence: number;
  /** Why it is being replaced, or ends. */
  readonly reason: EndReason | undefined;
  readonly beat: Beat | undefined;
}

/** A supervisor and its workers. */
export interface SupervisorStatus {
  readonly pid: number;
  readonly state: "starting" | "serving" | "reloading" | "stopping";
  readonly entry: string;
  readonly address: ShownAddress | undefined;
  /** Milliseconds since the supervisor was started. */
  readonly uptime: number;
  /** Goes up with every reload. */
  readonly generation: number;
  readonly wanted: Readonly<Record<Role, number>>;
  /** Title and version of the app, once one has started. */
  readonly app: { readonly title: string; readonly version: string } | undefined;
  readonly node: string;
  /** How many workers were replaced or lost, by reason. */
  readonly restarts: Readonly<Partial<Record<EndReason, number>>>;
  readonly workers: readonly WorkerStatus[];
}

/** What a status is made from. */
export interface StatusParts {
  readonly state: SupervisorStatus["state"];
  readonly entry: string;
  readonly address: ShownAddress | undefined;
  readonly startedAt: number;
  readonly fleet: Fleet;
}

/** The one place that says what is known of the workers. */
export function statusOf({ state, entry, address, startedAt, fleet }: StatusParts): SupervisorStatus {
  const now = performance.now();
  const workers = [...fleet.workers];
  const latest = workers.findLast(({ ready }) => ready !== undefined)?.ready;
  return {
    pid: process.pid,
    state,
    entry,
    address,
    uptime: now - startedAt,
    generation: fleet.generation,
    wanted: { ...fleet.desired },
    app: latest && { title: latest.title, version: latest.version },
    node: process.version,
    restarts: { ...fleet.restarts },
    workers: workers.map((worker) => ({
      number: worker.order.number,
      role: worker.order.role,
      pid: worker.pid,
      state: worker.state,
      generation: worker.order.generation,
      uptime: now - worker.startedAt,
      silence: now - worker.heardAt,
      reason: worker.endReason ?? worker.retiring,
      beat: worker.beat,
    })),
  };
}
