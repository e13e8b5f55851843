import type { Provider } from "../contract/provider.ts";
import type { Part } from "../logging/context.ts";
import { type Graph, type InputNode, isInput, type Node } from "./graph.ts";
import { inputStep, readsBody } from "./input-steps.ts";
import type { RequestScope } from "./scope.ts";
import { argumentsOf, concurrentStep, dependsStep, runSteps, type Step } from "./steps.ts";
import type { TraceCall } from "./trace-call.ts";

/** What a request of one route does before and in its handler, composed once when serving starts. */
export interface Plan {
  /** The values every request starts with: those of app lifetime stand at their slots. */
  readonly initial: readonly unknown[];
  /** Security and what depends on it alone, to run before a byte of the body is read; undefined when there is none. */
  readonly early: Step | undefined;
  /** Validates all inputs, resolves the other dependencies and calls the handler. */
  readonly main: (scope: RequestScope) => unknown;
  /** Whether the body is read at all. */
  readonly readsBody: boolean;
}

/** Values of app lifetime by provider, there once everything has opened. */
export type AppValues = ReadonlyMap<Provider<unknown>, unknown>;

function isConstant(node: Node): boolean {
  const { kind } = node.definition;
  return kind !== "input" && kind !== "ambient" && kind !== "scheme" && kind !== "depends";
}

/** These nodes and all that they need. */
function closure(nodes: Iterable<Node>): Set<Node> {
  const found = new Set<Node>();
  const add = (node: Node): void => {
    if (found.has(node)) return;
    for (const edge of node.edges) add(edge.node);
    found.add(node);
  };
  for (const node of nodes) add(node);
  return found;
}

/**
 * The nodes that run before the body is read: security schemes, and the dependencies that lead to one and otherwise
 * only to headers, resources and values that every request has.
 */
function earlyNodes(graph: Graph): Set<Node> {
  const ready = new Set<Node>();
  const secured = new Set<Node>();
  for (const node of graph.nodes) {
    if (isInput(node) ? node.definition.source === "header" : node.edges.every((edge) => ready.has(edge.node))) {
      ready.add(node);
    }
    const leads = node.definition.kind === "scheme" || node.edges.some((edge) => secured.has(edge.node));
    if (leads && ready.has(node)) secured.add(node);
  }
  return closure(secured);
}

function stepOf(node: Node, trace: TraceCall | undefined): Step | undefined {
  const { definition: found, slot } = node;
  switch (found.kind) {
    case "ambient":
      return (scope) => {
        scope.values[slot] = scope.ambient(found.name);
      };
    case "scheme":
      return (scope) => {
        scope.values[slot] = found.read(scope.head);
      };
    case "depends":
      return dependsStep(node, found, trace);
    case "value":
    case "settings":
    case "resource":
    case "job":
    case "jobAdmin":
    case "input":
      return undefined;
    default:
      return found satisfies never;
  }
}

interface Group {
  readonly nodes: Node[];
  readonly steps: Step[];
}

/** Puts neighbours that asked to be concurrent, and do not need each other, into one step. */
function compose(nodes: readonly Node[], trace: TraceCall | undefined): Step[] {
  const groups: Group[] = [];
  let open: Group | undefined;
  for (const node of nodes) {
    const step = stepOf(node, trace);
    if (step === undefined) continue;
    const mayJoin = node.definition.kind === "depends" && node.definition.concurrent;
    const needed = closure([node]);
    if (!mayJoin || open?.nodes.some((other) => needed.has(other))) open = undefined;
    const group: Group = open ?? { nodes: [], steps: [] };
    if (group.steps.length === 0) groups.push(group);
    group.nodes.push(node);
    group.steps.push(step);
    open = mayJoin ? group : undefined;
  }
  return groups.map(({ steps }) => (steps.length === 1 ? (steps[0] as Step) : concurrentStep(steps)));
}

/** Values that cannot fail come first, so that neighbours which asked to be concurrent stay neighbours. */
function dependsLast(nodes: readonly Node[]): readonly Node[] {
  const isDepends = (node: Node): boolean => node.definition.kind === "depends";
  return [...nodes.filter((node) => !isDepends(node)), ...nodes.filter(isDepends)];
}

function present(...steps: readonly (Step | undefined)[]): Step[] {
  return steps.filter((step) => step !== undefined);
}

function composeEarly(
  nodes: readonly Node[],
  headInputs: readonly InputNode[],
  trace: TraceCall | undefined,
): Step | undefined {
  if (nodes.length === 0) return undefined;
  const isScheme = (node: Node): boolean => node.definition.kind === "scheme";
  const steps = present(
    ...compose(nodes.filter(isScheme), trace),
    inputStep(nodes.filter(isInput), headInputs),
    ...compose(dependsLast(nodes.filter((node) => !isScheme(node))), trace),
  );
  return (scope) => runSteps(steps, scope);
}

/**
 * Composes what a route does with a request.
 *
 * @param graph the route's checked graph
 * @param handler the user's function
 * @param app the values of resources and settings
 * @param part how the stall watch names the handler
 * @param trace follows the calls of dependencies and of a handler that has a name
 * @returns closures for `http/`; they throw `ValidationError`, `HttpError` or whatever the user's code throws
 */
export function compilePlan(
  graph: Graph,
  handler: (values: never) => unknown,
  app: AppValues,
  part?: Part,
  trace?: TraceCall,
): Plan {
  const early = earlyNodes(graph);
  const inputs = graph.nodes.filter(isInput);
  const lateInputs = inputs.filter((node) => !early.has(node));
  const otherHeadInputs = lateInputs.filter((node) => !readsBody(node));
  const late = graph.nodes.filter((node) => !early.has(node));
  const steps = present(inputStep(lateInputs), ...compose(dependsLast(late), trace));
  const collect = argumentsOf(graph.roots);
  // The handler's parameter is erased in the record; the graph gives it exactly the needs it declared.
  const called = trace === undefined || part === undefined ? handler : trace(part, handler);
  const handle = called as (values: Record<string, unknown>) => unknown;
  const callHandler = (scope: RequestScope): unknown => {
    scope.part = part;
    return handle(collect(scope));
  };
  return {
    initial: graph.nodes.map((node) => constantOf(node, app)),
    early: composeEarly(
      graph.nodes.filter((node) => early.has(node) && !isConstant(node)),
      otherHeadInputs,
      trace,
    ),
    readsBody: inputs.some(readsBody),
    main: (scope) => {
      const pending = runSteps(steps, scope);
      if (pending === undefined) return callHandler(scope);
      return handleAfter(pending, scope, callHandler);
    },
  };
}

async function handleAfter(
  pending: Promise<void>,
  scope: RequestScope,
  callHandler: (scope: RequestScope) => unknown,
): Promise<unknown> {
  await pending;
  if (scope.ended !== undefined) throw scope.ended.error;
  return await callHandler(scope);
}

function constantOf(node: Node, app: AppValues): unknown {
  return node.definition.kind === "value" ? node.definition.value : app.get(node.provider);
}
