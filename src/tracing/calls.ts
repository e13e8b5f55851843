import type { Attributes, Context, Span } from "@opentelemetry/api";
import { type AnyGenerator, isGenerator } from "../inject/scope.ts";
import { isThenable } from "../inject/steps.ts";
import type { TraceCall } from "../inject/trace-call.ts";
import type { Part } from "../logging/context.ts";
import { recordFailure } from "./failure.ts";
import { recordedParent, type Spans } from "./spans.ts";

function attributesOf({ name, place }: Part): Attributes {
  const colon = place.lastIndexOf(":");
  if (colon < 0) return { "code.function.name": name };
  return {
    "code.function.name": name,
    "code.file.path": place.slice(0, colon),
    "code.line.number": Number(place.slice(colon + 1)),
  };
}

/** A span that is under way, and the context in it. */
interface Underway {
  readonly span: Span;
  readonly context: Context;
  /** The failure that a clean-up is shown and passes on: not its own. */
  readonly shown?: unknown;
}

function fail({ span, shown }: Underway, error: unknown): void {
  if (shown === undefined || error !== shown) recordFailure(span, error);
  span.end();
}

/** Calls `fn`, which may be synchronous and stays so; the span ends with it. `open` may keep it open for what it gave. */
function follow({ api }: Spans, underway: Underway, fn: () => unknown, open?: (result: unknown) => unknown): unknown {
  let result: unknown;
  try {
    result = api.context.with(underway.context, fn);
  } catch (error) {
    fail(underway, error);
    throw error;
  }
  if (isThenable(result)) return finish(underway, result);
  const kept = open?.(result);
  if (kept !== undefined) return kept;
  underway.span.end();
  return result;
}

async function finish(underway: Underway, result: PromiseLike<unknown>): Promise<unknown> {
  try {
    const value = await result;
    underway.span.end();
    return value;
  } catch (error) {
    fail(underway, error);
    throw error;
  }
}

interface Step {
  next(): unknown;
  throw(error: unknown): unknown;
  return(value: unknown): unknown;
}

/** Follows the opening of a provider, which is over with its `yield`, and then its clean-up as a span of its own. */
function followGenerator(spans: Spans, generator: AnyGenerator, name: string, opening: Underway): AnyGenerator {
  const { api, tracer } = spans;
  let opened = false;
  // Both kinds of generator have these; each call goes on to the same method of the one that is followed.
  const inner = generator as Step;
  const cleanUp = (fn: () => unknown, shown?: unknown): unknown => {
    const parent = recordedParent(spans);
    if (parent === undefined) return fn();
    const span = tracer.startSpan(`clean up ${name}`, {}, parent);
    return follow(spans, { span, context: api.trace.setSpan(parent, span), shown }, fn);
  };
  const followed: Step = {
    next: () => {
      if (opened) return cleanUp(() => inner.next());
      opened = true;
      return follow(spans, opening, () => inner.next());
    },
    throw: (error) => cleanUp(() => inner.throw(error), error),
    return: (value) => inner.return(value),
  };
  const isAsync = Symbol.asyncIterator in generator;
  return Object.assign(followed, {
    [isAsync ? Symbol.asyncIterator : Symbol.iterator]: () => followed,
    [Symbol.toStringTag]: isAsync ? "AsyncGenerator" : "Generator",
    // What of a generator Kiln uses: its three methods, its kind and its tag.
  }) as unknown as AnyGenerator;
}

/** Makes spans of dependencies and handlers. */
export function traceCalls(spans: Spans): TraceCall {
  const { api, tracer } = spans;
  return (part, call) => {
    const isHandler = part.kind === "handler";
    const name = isHandler ? "handler" : part.name;
    const options = { attributes: attributesOf(part) };
    const invoke: (values: never) => unknown = call;
    const traced = (values: never): unknown => {
      const parent = recordedParent(spans);
      if (parent === undefined) return invoke(values);
      const span = tracer.startSpan(name, options, parent);
      const underway: Underway = { span, context: api.trace.setSpan(parent, span) };
      const keepOpen = (result: unknown): unknown =>
        isGenerator(result) ? followGenerator(spans, result, name, underway) : undefined;
      return follow(spans, underway, () => invoke(values), isHandler ? undefined : keepOpen);
    };
    // It takes and gives what `call` does.
    return traced as typeof call;
  };
}
