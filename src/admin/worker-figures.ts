import type { Family } from "../metrics/family.ts";

/** The numbers of one process that a status shows. */
export interface WorkerFigures {
  readonly requests: number;
  readonly inFlight: number;
  readonly cpu: number;
  readonly memory: number;
}

/** Reads them from its metrics, so that both say the same. */
export function figuresOf(families: readonly Family[]): WorkerFigures {
  const sum = (name: string): number =>
    families.find((family) => family.name === name)?.values.reduce((total, { value }) => total + value, 0) ?? 0;
  return {
    requests: sum("http_requests_total"),
    inFlight: sum("http_requests_in_flight"),
    cpu: sum("process_cpu_seconds_total"),
    memory: sum("process_resident_memory_bytes"),
  };
}
