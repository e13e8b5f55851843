import { HttpError, type HttpErrorClass, httpErrorKey } from "../../contract/http-error.ts";
import { ownFolder } from "../../errors/own-files.ts";

/** An error as plain data, so that it can cross between threads without losing its class. */
export interface DescribedError {
  /** Set for what was thrown and is no error: the value itself. */
  readonly thrown?: { readonly value: unknown };
  /** The names of its classes, its own first; before that of an `httpError` class stands its key. */
  readonly lineage: readonly string[];
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Its own enumerable properties. */
  readonly own: Readonly<Record<string, unknown>>;
  readonly cause: DescribedError | undefined;
  /** Those of an AggregateError. */
  readonly errors: readonly DescribedError[] | undefined;
}

const deepest = 10;
/** How many errors are described for one: those that refer to each other would have no end. */
const most = 100;
const apart = new Set(["message", "stack", "cause"]);

function classNames(error: Error): string[] {
  const names: string[] = [];
  for (let at: unknown = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    // A prototype's constructor is a class, or something that an odd library put there.
    const made = (at as { readonly constructor?: unknown }).constructor;
    if (typeof made !== "function" || !Object.hasOwn(at as object, "constructor")) continue;
    // A class of HTTP errors that has a status of its own has a code and a title, too.
    const isHttp = error instanceof HttpError && Object.hasOwn(made, "status");
    if (isHttp) names.push(httpErrorKey(made as unknown as HttpErrorClass));
    names.push(made.name);
    if (made === Error) break;
  }
  return names;
}

/** A value that can cross; what cannot is named. */
function crossable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return typeof value === "function" ? `[function ${value.name}]` : Object.prototype.toString.call(value);
  }
}

function ownOf(error: Error): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  for (const key of Object.keys(error)) if (!apart.has(key)) own[key] = crossable(Reflect.get(error, key));
  return own;
}

/** The stack up to the function that Kiln called; what stands below is Kiln and the pool. */
function ownStack(error: Error, below: string): string {
  const stack = typeof error.stack === "string" ? error.stack : String(error);
  const lines = stack.split("\n");
  // What Kiln refuses is thrown by code of its own, which may share the file that is looked for.
  const own = (line: string): boolean => line.includes(ownFolder) || line.includes("(node:");
  const start = lines.findIndex((line) => line.trimStart().startsWith("at ") && !own(line));
  const end = lines.findIndex((line, i) => i > start && line.includes(below));
  return (end === -1 ? lines : lines.slice(0, end)).join("\n");
}

/**
 * Describes what was thrown.
 *
 * @param thrown anything
 * @param below the file whose frames, and those below, are left out of stacks
 */
export function describeError(thrown: unknown, below: string): DescribedError {
  return describe(thrown, below, 0, { left: most });
}

function describe(thrown: unknown, below: string, depth: number, budget: { left: number }): DescribedError {
  if (!(thrown instanceof Error)) {
    const empty = { lineage: [], name: "", message: "", stack: "", own: {}, cause: undefined, errors: undefined };
    return { ...empty, thrown: { value: crossable(thrown) } };
  }
  budget.left -= 1;
  const next = (inner: unknown): DescribedError => describe(inner, below, depth + 1, budget);
  const isWithin = (): boolean => depth < deepest && budget.left > 0;
  return {
    lineage: thrown instanceof DOMException ? ["DOMException"] : classNames(thrown),
    name: String(thrown.name),
    message: String(thrown.message),
    stack: ownStack(thrown, below),
    own: ownOf(thrown),
    cause: isWithin() && thrown.cause !== undefined ? next(thrown.cause) : undefined,
    errors: errorsOf(thrown)?.flatMap((inner) => (isWithin() ? [next(inner)] : [])),
  };
}

/** Those of an AggregateError, unless somebody has put something else there. */
function errorsOf(thrown: Error): readonly unknown[] | undefined {
  return thrown instanceof AggregateError && Array.isArray(thrown.errors) ? thrown.errors : undefined;
}
