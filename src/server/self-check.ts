import { setTimeout as sleep } from "node:timers/promises";
import type { RunningApp } from "../app/start.ts";
import { KilnError } from "../errors/kiln-error.ts";

const route = "/health/ready";
const retry = 100;

/** The status of the answer to whether it is ready; an app may have a route of its own for that. */
async function askItself({ fastify, health }: RunningApp): Promise<number> {
  // Wherever its route is, and where there is none.
  if (!(await health.report()).ready) return 503;
  if (!fastify.hasRoute({ method: "GET", url: route })) return 200;
  const { statusCode } = await fastify.inject({ method: "GET", url: route });
  return statusCode;
}

/**
 * Asks an app in process whether it is ready, until it is: what it stands on may need a moment longer than the app.
 *
 * @param timeout milliseconds after which it is given up
 * @throws KilnError KILN_START_NOT_READY
 */
export async function checkItself(running: RunningApp, timeout: number): Promise<void> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const status = await askItself(running);
    if (status < 500) return;
    if (performance.now() > deadline) {
      throw new KilnError("KILN_START_NOT_READY", {
        where: "kiln start",
        what: route,
        why: `answered ${status} for ${timeout} ms after the app had opened`,
        fix: "Mend what the check names, or give it more time with --ready-timeout",
      });
    }
    await sleep(retry);
  }
}
