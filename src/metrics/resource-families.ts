import type { HealthReport } from "../inject/readiness.ts";
import type { ResourceView } from "../inject/resource-view.ts";
import { type Family, gauge, type Sample } from "./family.ts";

const validName = /^[a-z][a-z0-9_]*$/;

/** One that fails, such as that of a pool that has just closed, has no numbers. */
function readGauges(gauges: ResourceView["gauges"]): Readonly<Record<string, number>> {
  try {
    return gauges();
  } catch {
    return {};
  }
}

/** Whether a process is ready, and what its resources say of themselves. */
export function resourceFamilies(
  resources: readonly ResourceView[],
  { ready, checks }: HealthReport,
  worker: string,
): readonly Family[] {
  const byGauge = new Map<string, Sample[]>();
  for (const { name, gauges } of resources) {
    for (const [key, value] of Object.entries(readGauges(gauges))) {
      // A name that Prometheus refuses would cost the whole page.
      if (!validName.test(key) || typeof value !== "number") continue;
      const samples = byGauge.get(key) ?? [];
      byGauge.set(key, samples);
      samples.push({ labels: { worker, resource: name }, value });
    }
  }
  const found = [...byGauge].map(([key, samples]) =>
    gauge(`kiln_resource_${key}`, `What resources give as ${key}`, samples),
  );
  return [
    gauge(
      "kiln_ready",
      "Whether the process can be sent requests",
      [{ labels: { worker }, value: ready ? 1 : 0 }],
      "max",
    ),
    gauge(
      "kiln_resource_up",
      "Whether the check of a resource has passed",
      checks.map(({ name, ok }) => ({ labels: { worker, resource: name }, value: ok ? 1 : 0 })),
      "max",
    ),
    ...found,
  ];
}
