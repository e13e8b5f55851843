import { fileURLToPath } from "node:url";
import type { Piscina } from "piscina";
import { loggerFor } from "./lines.ts";
import type { CheckedThreadOptions } from "./options.ts";

/** Beside the sources stands the source, beside the compiled files the compiled one: Node strips no types in packages. */
function entry(): string {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return fileURLToPath(new URL(`./worker.${extension}`, import.meta.url));
}

/**
 * Makes the threads, or what starts them when they are needed. Piscina is loaded here, at the first call.
 *
 * @param onMessage gets what threads send beside results
 */
export async function openThreads(
  options: CheckedThreadOptions,
  onMessage: (message: unknown) => void,
): Promise<Piscina> {
  const { Piscina } = await import("piscina");
  const threads = new Piscina({
    filename: entry(),
    minThreads: options.warm ? options.size : 0,
    // The one more is for clean-ups.
    maxThreads: options.size + 1,
    idleTimeout: options.idleTimeout,
    resourceLimits: { maxOldGenerationSizeMb: options.heapLimit },
    recordTiming: false,
  });
  threads.on("message", onMessage);
  // A thread that fails while it has no call, for example in a timer that a function left behind: nobody else hears of it.
  threads.on("error", (error: unknown) => loggerFor(undefined).error({ err: error }, "thread_failed"));
  return threads;
}
