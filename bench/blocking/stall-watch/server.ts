// The app whose CPU time is measured: the stall watch is turned on and off while it runs.
import { kiln, log, path } from "kilnjs";
import { z } from "zod";
import { createLogger } from "../../../src/logging/create-logger.ts";
import { startStallWatch } from "../../../src/threads/stall/watch.ts";
import type { Answer, Order } from "../stall-watch.ts";

let began = 0;

const app = kiln({ title: "Stall watch", stallWatch: false });
app.get("/hello/:id", { needs: { id: path(z.int()), log } }, ({ id, log }) => {
  log.info({ id }, "said_hello");
  return { id, list: Array.from({ length: 50 }, (_, i) => ({ i, name: `name ${i}` })) };
});
app.get("/blocked", {}, () => {
  began = performance.now();
  while (performance.now() < began + 400);
  return {};
});

let stop: (() => Promise<void>) | undefined;

async function watch(limit: number): Promise<Answer> {
  await stop?.();
  stop = undefined;
  if (limit === 0) return {};
  const logger = createLogger({ production: true, destination: "/dev/null" });
  stop = startStallWatch({ limit, sparing: true, log: logger, logging: { production: true, destination: 2 } });
  return {};
}

/** Has every sample tell when it was taken, counted from the moment at which the handler began to block. */
function timeSamples(): Answer {
  const name = Symbol.for("kilnjs.stall");
  // It stands there as long as the watch runs.
  const { [name]: sample } = globalThis as unknown as Record<symbol, () => string>;
  const timed = (): string | undefined => {
    process.send?.({ after: performance.now() - began } satisfies Answer);
    return sample?.();
  };
  Object.defineProperty(globalThis, name, { value: timed, configurable: true });
  return {};
}

process.on("message", async (order: Order) => {
  if (order.kind === "watch") process.send?.(await watch(order.limit));
  if (order.kind === "time") process.send?.(timeSamples());
  if (order.kind === "cpu") process.send?.({ cpu: process.cpuUsage() } satisfies Answer);
});
process.once("disconnect", () => process.exit());
const { port } = await app.listen({ port: 0 });
process.send?.({ port } satisfies Answer);
