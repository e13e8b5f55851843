import { KilnError } from "../errors/kiln-error.ts";
import type { Logger } from "../logging/logger.ts";
import type { TracingOption } from "./options.ts";
import type { Tracing } from "./tracing.ts";

/** What an app says about its tracing. */
export interface TracingScene {
  readonly option: TracingOption | undefined;
  readonly log: Logger;
  /** Whether lines are written in the Elastic Common Schema. */
  readonly ecs: boolean;
  /** Gives Kiln's own version. */
  readonly version: () => string;
}

/** What the API of OpenTelemetry keeps for all its copies in a process; an SDK registers itself there. */
interface Registered {
  readonly version?: string;
  readonly trace?: object;
  readonly context?: object;
  readonly propagation?: object;
}

// The package on the disk would say nothing: other packages bring it along.
const registry: unique symbol = Symbol.for("opentelemetry.js.api.1");

function registered(): Registered | undefined {
  // Only the API writes under this key.
  return (globalThis as { readonly [registry]?: Registered })[registry];
}

function refusal(why: string, fix: string, cause?: unknown): KilnError {
  const what = "tracing: true";
  return new KilnError("KILN_TRACING_SDK", { where: "kiln({ tracing })", what, why, fix, cause });
}

async function load(provider: object, { ecs, version, option }: TracingScene): Promise<Tracing> {
  const { createTracing, loadApi } = await import("./telemetry.ts");
  const api = loadApi(provider);
  if (api === undefined) {
    throw refusal(
      `finds an SDK that was registered with another version of @opentelemetry/api (${registered()?.version})`,
      "Install one version of @opentelemetry/api for the app and its SDK",
    );
  }
  return createTracing(api, {
    options: typeof option === "object" ? option : {},
    version: version(),
    logNames: ecs ? { trace: "trace.id", span: "span.id" } : { trace: "trace_id", span: "span_id" },
  });
}

function sayMissing({ context, propagation }: Registered, log: Logger): void {
  const missing = [
    ...(context === undefined ? ["a context manager"] : []),
    ...(propagation === undefined ? ["a propagator"] : []),
  ];
  if (missing.length > 0) log.warn({ missing }, "tracing_incomplete");
}

/**
 * Begins to trace an app, if an OpenTelemetry SDK has been registered in this process. Otherwise nothing is loaded.
 *
 * @returns undefined where nothing is traced
 * @throws KilnError KILN_TRACING_SDK, KILN_PEER_MISSING when tracing was asked for and cannot be
 */
export async function openTracing(scene: TracingScene): Promise<Tracing | undefined> {
  const { option, log } = scene;
  if (option === false) return undefined;
  const found = registered();
  if (found?.trace === undefined) {
    if (option !== true) return undefined;
    throw refusal(
      "finds no OpenTelemetry SDK that is registered in this process",
      "Import the file that starts the SDK before the app starts, or leave `tracing` out",
    );
  }
  try {
    const tracing = await load(found.trace, scene);
    sayMissing(found, log);
    return tracing;
  } catch (error) {
    if (option === true) throw error;
    // An agent may have registered itself and brought its own copy of the API; that must not keep the app from starting.
    log.warn({ err: error }, "tracing_off");
    return undefined;
  }
}
