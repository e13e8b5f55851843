import { HttpError, madeHttpError } from "../../contract/http-error.ts";
import { ValidationError } from "../../contract/validation-error.ts";
import { KilnError } from "../../errors/kiln-error.ts";
import type { DescribedError } from "./error-description.ts";

/** Any class of errors, for `errors` of `blocking()`. */
export type AnyErrorClass = abstract new (...args: never) => Error;

const builtIn: readonly AnyErrorClass[] = [
  AggregateError,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  ValidationError,
  HttpError,
  KilnError,
  Error,
];
const byName: ReadonlyMap<string, AnyErrorClass> = new Map(builtIn.map((type) => [type.name, type]));

/** The nearest class of the error that this thread has, too. */
function classOf(lineage: readonly string[], declared: readonly AnyErrorClass[]): AnyErrorClass {
  for (const name of lineage) {
    const found = declared.find((type) => type.name === name) ?? madeHttpError(name) ?? byName.get(name);
    if (found !== undefined) return found;
  }
  return Error;
}

function instanceOf({ lineage, message, name, errors }: DescribedError, declared: readonly AnyErrorClass[]): Error {
  if (lineage[0] === "DOMException") return new DOMException(message, name);
  const type = classOf(lineage, declared);
  // Its constructor is not called: what that takes is not known, and what it set has come along.
  const error = errors === undefined ? new Error(message) : new AggregateError([], message);
  return Object.setPrototypeOf(error, type.prototype as object);
}

function hidden(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false });
}

/**
 * Makes the error again that was thrown in a thread: of the same class where this thread has it, with message, own
 * properties, causes and the stack of the thread.
 *
 * @param described what came from the thread
 * @param declared classes of the user's, found by name
 */
export function returnedError(described: DescribedError, declared: readonly AnyErrorClass[]): unknown {
  if (described.thrown !== undefined) return described.thrown.value;
  const error = instanceOf(described, declared);
  if (!(error instanceof DOMException)) {
    for (const [key, value] of Object.entries(described.own)) {
      Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: true });
    }
    if (error.name !== described.name) hidden(error, "name", described.name);
    if (described.cause !== undefined) hidden(error, "cause", returnedError(described.cause, declared));
    if (described.errors !== undefined) {
      hidden(
        error,
        "errors",
        described.errors.map((inner) => returnedError(inner, declared)),
      );
    }
  }
  hidden(error, "stack", described.stack);
  return error;
}

/** The frames of a captured stack; its first line says what was captured. */
export function framesOf(stack: string): string {
  return stack.slice(stack.indexOf("\n") + 1);
}

/** Adds below the stack of the thread the one of the call that waited for it. */
export function addCallerStack(error: unknown, caller: string): void {
  if (!(error instanceof Error)) return;
  hidden(error, "stack", `${error.stack}\n    at (called from the main thread)\n${framesOf(caller)}`);
}
