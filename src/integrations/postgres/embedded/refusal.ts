import type { KilnError, KilnErrorCode } from "../../../index.ts";
import type { Failure } from "./protocol.ts";

const where = 'postgres({ url: "embedded:..." })';

/**
 * The error for a user who cannot be served. Kiln itself is loaded only here: a process that does nothing but hold a
 * server, as the one of `kiln dev`, needs none of it.
 */
export async function refusal(code: KilnErrorCode, failure: Failure, cause?: unknown): Promise<KilnError> {
  const { KilnError } = await import("../../../index.ts");
  return new KilnError(code, { where, ...failure, cause });
}
