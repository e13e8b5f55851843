import type { Provider } from "../contract/provider.ts";
import { isThreadFunction } from "../contract/thread-function.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { Logger } from "../logging/logger.ts";
import type { Node } from "./graph.ts";
import type { AppValues } from "./plan.ts";
import { type ResourceView, viewResources } from "./resource-view.ts";
import { type CleanUp, cleanUp, generatorError, isGenerator } from "./scope.ts";
import { nodeName } from "./steps.ts";

/** What is open for as long as the app runs. */
export interface Lifespan {
  readonly values: AppValues;
  readonly resources: readonly ResourceView[];
  /** Closes everything in reverse order; all are closed, errors are logged. */
  close(): Promise<void>;
}

/** How an app is opened; tests override values of settings. */
export interface OpeningSource {
  readonly env: string;
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Whether this process opens what one of several opens. Default true. */
  readonly once?: boolean;
}

function openError(node: Node, place: string, cause: unknown): KilnError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new KilnError("KILN_RESOURCE_OPEN", {
    where: place === "" ? "start-up" : place,
    what: nodeName(node),
    why: `failed to open, so the app cannot start: ${reason}`,
    fix: "Mend the cause; what had been opened before it has been closed again",
    cause,
  });
}

function valuesFor(node: Node, values: AppValues): Record<string, unknown> {
  return Object.fromEntries(
    node.edges.map((edge) => [
      edge.key,
      edge.node.definition.kind === "value" ? edge.node.definition.value : values.get(edge.node.provider),
    ]),
  );
}

async function openOne(
  node: Node,
  values: Map<Provider<unknown>, unknown>,
  open: CleanUp[],
  source: OpeningSource,
): Promise<void> {
  const { definition: found } = node;
  if (found.kind === "settings") {
    values.set(node.provider, await found.load(source));
    return;
  }
  if (found.kind !== "resource") return;
  const name = nodeName(node);
  try {
    // The definition keeps the function with its parameter erased; these are exactly the needs it declared.
    const opening = (found.open as (values: Record<string, unknown>) => unknown)(valuesFor(node, values));
    if (isThreadFunction(found.open)) {
      // What crosses from a thread is data: there is nothing to close.
      values.set(node.provider, await opening);
      return;
    }
    if (!isGenerator(opening)) throw generatorError(name, "never");
    const first = await opening.next();
    if (first.done === true) throw generatorError(name, "never");
    values.set(node.provider, first.value);
    open.push({ name, until: "handled", generator: opening });
  } catch (error) {
    throw openError(node, found.place, error);
  }
}

/** Wraps the generator of a resource so that a close that hangs is given up after its budget. */
async function closeAll(open: readonly CleanUp[], log: Logger, budget: number): Promise<void> {
  for (const resource of open.toReversed()) {
    const started = performance.now();
    const { promise: overdue, resolve } = Promise.withResolvers<"overdue">();
    // It holds the process: one whose loop has run empty would end before the others are closed.
    const timer = setTimeout(resolve, budget, "overdue");
    const failed = (error: unknown): void =>
      log.error({ err: error, resource: resource.name }, "resource_close_failed");
    const closing = cleanUp([resource], undefined, failed).then((failure) => failure && failed(failure.error));
    if ((await Promise.race([closing, overdue])) === "overdue") {
      log.error({ resource: resource.name, budget_ms: budget }, "resource_close_overdue");
    } else {
      log.debug({ resource: resource.name, duration_ms: elapsed(started) }, "resource_closed");
    }
    clearTimeout(timer);
  }
}

function elapsed(started: number): number {
  return Math.round(performance.now() - started);
}

/**
 * Opens settings and resources in the order of their needs.
 *
 * @param nodes what to open, each after what it needs
 * @param source how it is opened
 * @param log gets a line for each that was opened or closed, with its time
 * @param budget milliseconds that one resource may take to close
 * @param constants values that are there already, such as the functions that enqueue jobs
 * @throws KilnError KILN_RESOURCE_OPEN naming the resource, after everything opened before it has been closed; what a
 * settings definition throws
 */
export async function openLifespan(
  nodes: readonly Node[],
  source: OpeningSource,
  log: Logger,
  budget: number,
  constants: AppValues = new Map(),
): Promise<Lifespan> {
  const values = new Map<Provider<unknown>, unknown>(constants);
  const open: CleanUp[] = [];
  const settings = nodes.filter((node) => node.definition.kind === "settings");
  // What another process has opened is not there, as a value that is undefined.
  const resources = nodes.filter(
    ({ definition: found }) => found.kind === "resource" && (source.once !== false || !found.once),
  );
  for (const node of [...settings, ...resources]) {
    const started = performance.now();
    try {
      await openOne(node, values, open, source);
    } catch (error) {
      await closeAll(open, log, budget);
      throw error;
    }
    if (node.definition.kind === "resource") {
      log.debug({ resource: nodeName(node), duration_ms: elapsed(started) }, "resource_opened");
    }
  }
  return { values, resources: viewResources(resources, values), close: () => closeAll(open, log, budget) };
}
