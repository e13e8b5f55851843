import type { DependsDefinition } from "../contract/provider.ts";
import type { Part } from "../logging/context.ts";
import type { Logger } from "../logging/logger.ts";
import type { Edge, Node } from "./graph.ts";
import { type AnyGenerator, type CleanUp, generatorError, isGenerator, type RequestScope } from "./scope.ts";
import type { TraceCall } from "./trace-call.ts";

/** Resolves one provider of a request; a promise only where the provider itself is asynchronous. */
export type Step = (scope: RequestScope) => void | Promise<void>;

/** Tells a promise-like from a value without calling it. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** Collects the values of these needs by name. The keys come in one order, so every call makes the same shape. */
export function argumentsOf(edges: readonly Edge[]): (scope: RequestScope) => Record<string, unknown> {
  const keys = edges.map((edge) => edge.key);
  const slots = edges.map((edge) => edge.node.slot);
  return (scope) => {
    const values: Record<string, unknown> = {};
    for (let i = 0; i < keys.length; i++) values[keys[i] as string] = scope.values[slots[i] as number];
    return values;
  };
}

/** Runs steps one after the other, without a turn of the loop where none is needed. */
export function runSteps(steps: readonly Step[], scope: RequestScope, from = 0): void | Promise<void> {
  for (let i = from; i < steps.length; i++) {
    // The index is in range, so the step exists.
    const pending = (steps[i] as Step)(scope);
    if (pending !== undefined) return continueSteps(steps, scope, i + 1, pending);
  }
}

async function continueSteps(
  steps: readonly Step[],
  scope: RequestScope,
  from: number,
  pending: Promise<void>,
): Promise<void> {
  await pending;
  // The deadline has answered meanwhile: what is not open yet stays closed.
  if (scope.ended !== undefined) throw scope.ended.error;
  await runSteps(steps, scope, from);
}

function keepCleanUp(scope: RequestScope, cleanup: CleanUp): void {
  scope.cleanups.push(cleanup);
}

async function openGenerator(scope: RequestScope, node: Node, cleanup: CleanUp): Promise<void> {
  const first = await cleanup.generator.next();
  if (first.done === true) throw generatorError(cleanup.name, "never");
  scope.values[node.slot] = first.value;
  if (scope.ended === undefined) {
    keepCleanUp(scope, cleanup);
    return;
  }
  // The request ended while this was opening; nobody else will close it.
  await cleanup.generator.throw(scope.ended.error);
}

function openSyncGenerator(scope: RequestScope, node: Node, cleanup: CleanUp): void {
  // The caller has told the synchronous kind by its tag.
  const first = (cleanup.generator as Generator).next();
  if (first.done === true) throw generatorError(cleanup.name, "never");
  scope.values[node.slot] = first.value;
  keepCleanUp(scope, cleanup);
}

/** The name of a dependency in errors, logs and the stall watch. */
export function nodeName(node: Node): string {
  const { definition } = node;
  const key = node.chain.at(-1) ?? "";
  return "name" in definition && definition.name !== undefined && definition.name !== "" ? definition.name : key;
}

/** The step that resolves a `depends`; `trace` follows its function. */
export function dependsStep(node: Node, found: DependsDefinition, trace: TraceCall | undefined): Step {
  const collect = argumentsOf(node.edges);
  const name = nodeName(node);
  const part: Part = { kind: "provider", name, place: found.place, concurrent: found.concurrent };
  const called = trace === undefined ? found.resolve : trace(part, found.resolve);
  // The definition keeps the function with its parameter erased; the graph gives it exactly the needs it declared.
  const resolve = called as (values: Record<string, unknown>) => unknown;
  return (scope) => {
    scope.part = part;
    const result = resolve(collect(scope));
    if (isGenerator(result)) return open(scope, node, { name, until: found.until, generator: result });
    if (!isThenable(result)) {
      scope.values[node.slot] = result;
      return;
    }
    return keep(scope, node.slot, result);
  };
}

function open(scope: RequestScope, node: Node, cleanup: CleanUp): void | Promise<void> {
  const generator: AnyGenerator = cleanup.generator;
  if (Symbol.asyncIterator in generator) return openGenerator(scope, node, cleanup);
  openSyncGenerator(scope, node, cleanup);
}

async function keep(scope: RequestScope, slot: number, result: PromiseLike<unknown>): Promise<void> {
  scope.values[slot] = await result;
}

function logOf(scope: RequestScope): Logger {
  // What `ambient` gives under this name is the request's logger.
  return scope.ambient("log") as Logger;
}

/** Runs steps that do not need each other at once; all of them end before the first failure is thrown. */
export function concurrentStep(steps: readonly Step[]): Step {
  return async (scope) => {
    const ends = await Promise.allSettled(steps.map(async (step) => step(scope)));
    const [first, ...others] = ends.filter((end) => end.status === "rejected");
    // Only one failure can be the answer; the others are in the log, so that none is lost.
    for (const { reason } of others) logOf(scope).error({ err: reason }, "dependency_failed");
    if (first !== undefined) throw first.reason;
  };
}
