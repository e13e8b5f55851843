import { KilnError } from "../../errors/kiln-error.ts";
import { type Call, cloneFailure } from "./call.ts";
import { framesOf } from "./error-return.ts";
import { findObstacle } from "./uncloneable.ts";

const noLimit = Number.POSITIVE_INFINITY;

/** The error for arguments that cannot be cloned. */
export function argumentError({ definition }: Call, args: readonly unknown[], cause: unknown): KilnError {
  const obstacle = findObstacle(args, "args", noLimit, true);
  return new KilnError("KILN_BLOCKING_VALUE", {
    where: `${definition.name}(…), which runs in a thread`,
    what: obstacle?.path ?? "args",
    why: `is ${obstacle?.what ?? "a value"}, which cannot cross between threads`,
    fix: "Pass data: what structuredClone() copies",
    cause,
  });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}

function exitCode(error: unknown): string | undefined {
  // Piscina says it in these words only.
  return error instanceof Error ? /^worker exited with code: (-?\d+)$/.exec(error.message)?.[1] : undefined;
}

function crash({ definition }: Call, why: string, fix: string, cause: unknown): KilnError {
  return new KilnError("KILN_BLOCKING_CRASHED", {
    where: "a thread of blocking()",
    what: definition.name,
    why: `did not return, because ${why}; the thread has been ended, other calls go on`,
    fix,
    cause,
  });
}

/**
 * The error for a call that no thread finished, with the stack of the call.
 *
 * @param error what piscina says
 * @param args what the call was made with
 * @param heapLimit megabytes that a thread may hold
 */
export function lostError(call: Call, error: unknown, args: readonly unknown[], heapLimit: number): KilnError {
  const lost = lossOf(call, error, args, heapLimit);
  lost.stack = `${lost.name}: ${lost.message}\n${framesOf(call.origin.stack ?? "")}`;
  return lost;
}

function lossOf(call: Call, error: unknown, args: readonly unknown[], heapLimit: number): KilnError {
  const uncloned = cloneFailure(error);
  if (uncloned !== undefined) {
    const obstacle = findObstacle(args, "args", noLimit, true);
    if (obstacle !== undefined) return argumentError(call, args, error);
    return new KilnError("KILN_BLOCKING_VALUE", {
      where: `the result of ${call.definition.name}()`,
      what: uncloned,
      why: "is why it cannot cross between threads",
      fix: "Return data: what structuredClone() copies",
      cause: error,
    });
  }
  if (isOutOfMemory(error)) {
    const fix = "Work on less at a time, or raise kiln({ threads: { heapLimit } })";
    return crash(call, `its thread ran out of memory (${heapLimit} MB)`, fix, error);
  }
  const code = exitCode(error);
  if (code !== undefined) {
    return crash(call, `its thread exited with code ${code}`, "Call no process.exit() in it", error);
  }
  return crash(call, "an error was thrown in its thread that nothing caught", "See the cause", error);
}
