import { isAsyncFunction, isGeneratorFunction } from "node:util/types";
import { KilnError } from "../../errors/kiln-error.ts";
import { callerPlace } from "../../errors/place.ts";
import type { AnyErrorClass } from "./error-return.ts";
import { type FunctionFigures, newFunctionFigures } from "./figures.ts";
import { functionKey } from "./thread-state.ts";

/** A function that `blocking()` was given, as the main thread keeps it. */
export interface BlockingDefinition {
  /** The module that defines it; a thread imports it. */
  readonly url: string;
  readonly name: string;
  readonly takesSignal: boolean;
  readonly errors: readonly AnyErrorClass[];
  readonly figures: FunctionFigures;
}

/** What `blocking()` needs of `import.meta`. */
export interface ModuleMeta {
  readonly url: string;
}

const definitions = new Map<string, BlockingDefinition>();

/** All functions that this thread has defined. */
export function allDefinitions(): Iterable<BlockingDefinition> {
  return definitions.values();
}

type AnyFunction = (...args: never) => unknown;

/** The call site of the function that called `below`. */
function callSite(below: AnyFunction): NodeJS.CallSite | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: readonly NodeJS.CallSite[] } = {};
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, sites) => sites;
    Error.captureStackTrace(holder, below);
    return holder.stack?.[0];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Error.prepareStackTrace = prepareStackTrace;
  }
}

/** Whether the module itself made the call, and not a function in it or elsewhere. */
function isModuleLevel(site: NodeJS.CallSite | undefined, url: string): boolean {
  if (site === undefined) return true;
  // An arrow function may be without a name as a module is, but only the module begins at the first character.
  const atStart = site.getEnclosingLineNumber() === 1 && site.getEnclosingColumnNumber() === 1;
  return site.getFunctionName() === null && atStart && site.getFileName() === url;
}

const moduleLevel =
  "Write it at the top level of the module: `export const thumbnail = blocking(import.meta, function thumbnail(…) {…})`";

function problemOf(meta: ModuleMeta, fn: AnyFunction, below: AnyFunction): readonly [string, string] | undefined {
  if (typeof meta?.url !== "string" || !meta.url.startsWith("file:")) {
    return ["names no file that a thread could import", "Pass `import.meta` itself, in a module that is a file"];
  }
  if (typeof fn !== "function") return ["is no function", "Pass the function that should run in a thread"];
  if (isGeneratorFunction(fn))
    return ["is a generator, which cannot cross to a thread", "Return the whole result instead"];
  if (fn.name === "") {
    return ["has no name by which a thread could find it", "Name it: blocking(import.meta, function thumbnail(…) {…})"];
  }
  if (!isModuleLevel(callSite(below), meta.url)) {
    return ["is defined inside another function, where a thread that imports the module does not find it", moduleLevel];
  }
  return undefined;
}

function whatOf(fn: unknown): string {
  if (typeof fn !== "function") return String(fn);
  if (fn.name !== "") return fn.name;
  return isAsyncFunction(fn) ? "an async function" : "a function";
}

function refused(fn: unknown, [why, fix]: readonly [string, string], below: AnyFunction): KilnError {
  const place = callerPlace(below);
  const where = place === "" ? "blocking()" : `blocking() (${place})`;
  return new KilnError("KILN_BLOCKING_FUNCTION", { where, what: whatOf(fn), why, fix });
}

/**
 * Checks that a thread will find the function again, and keeps it.
 *
 * @param below the function of the public API, whose caller defines
 * @throws KilnError KILN_BLOCKING_FUNCTION
 */
export function define(
  meta: ModuleMeta,
  fn: AnyFunction,
  options: Pick<BlockingDefinition, "takesSignal" | "errors">,
  below: AnyFunction,
): BlockingDefinition {
  const problem = problemOf(meta, fn, below);
  if (problem !== undefined) throw refused(fn, problem, below);
  const key = functionKey(meta.url, fn.name);
  if (definitions.has(key)) {
    throw refused(fn, ["has the name of another blocking() function of this module", "Give each its own name"], below);
  }
  const definition = { url: meta.url, name: fn.name, ...options, figures: newFunctionFigures() };
  definitions.set(key, definition);
  return definition;
}
