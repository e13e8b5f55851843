import type { Part } from "../logging/context.ts";

/**
 * Gives a function of the user's back as one whose calls are traced; what it returns and throws stays the same. Used when
 * a plan is composed: without tracing, the plan calls the user's function itself.
 */
export type TraceCall = <F extends (values: never) => unknown>(part: Part, call: F) => F;
