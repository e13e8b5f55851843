import type { Leaf } from "./layout.ts";
import type { Problem } from "./problem.ts";

/** A value as a source gives it, before any schema has seen it. */
export interface Found {
  /** The source and the place in it, for example `.env, line 3`. */
  readonly origin: string;
  /** The name of the setting in that source. */
  readonly name: string;
  readonly raw: unknown;
  /** True for text that stands for a value of the schema's type, false for a value that has a type already. */
  readonly text: boolean;
  /** Why there is no value although there should be one. */
  readonly failure?: string;
}

/** One place that settings come from. */
export interface Source {
  readonly find: (leaf: Leaf) => Found | undefined | Promise<Found | undefined>;
}

/** The sources of one load, highest first, and what is wrong with them as such. */
export interface Sources {
  readonly sources: readonly Source[];
  readonly problems: readonly Problem[];
}
