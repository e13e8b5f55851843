import type { Node } from "./graph.ts";
import type { AppValues } from "./plan.ts";
import { nodeName } from "./steps.ts";

/** An open resource as those see it who watch the app: by a name of its own. */
export interface ResourceView {
  readonly name: string;
  /** Whether it works; absent where the resource does not say how to find out. */
  readonly check: ((signal: AbortSignal) => unknown) | undefined;
  /** Its numbers at this moment, by name. */
  readonly gauges: () => Readonly<Record<string, number>>;
}

/** Two pools may both be called `postgres`; the second is `postgres_2`. */
function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
}

/**
 * The resources of an app, in the order in which they have opened.
 *
 * @param nodes what has opened; settings are passed over
 * @param values the values that they have opened to
 */
export function viewResources(nodes: readonly Node[], values: AppValues): readonly ResourceView[] {
  const resources = nodes.filter((node) => node.definition.kind === "resource");
  const names = distinct(resources.map(nodeName));
  return resources.flatMap((node, index) => {
    const { definition: found, provider } = node;
    if (found.kind !== "resource") return [];
    const { check, gauges } = found;
    const value = values.get(provider);
    // The definition keeps these functions with their parameter erased; this is the value that they were declared for.
    const typed = { check, gauges } as {
      readonly check?: (value: unknown, scene: { readonly signal: AbortSignal }) => unknown;
      readonly gauges?: (value: unknown) => Readonly<Record<string, number>>;
    };
    return {
      name: names[index] ?? nodeName(node),
      check: typed.check && ((signal) => typed.check?.(value, { signal })),
      gauges: () => typed.gauges?.(value) ?? {},
    };
  });
}
