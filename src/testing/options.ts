import type { ShutdownOptions } from "../app/options.ts";
import type { Provider } from "../contract/provider.ts";
import type { Level } from "../logging/logger.ts";
import type { GuardOption } from "../threads/guard/options.ts";
import type { StallWatchOption } from "../threads/stall/options.ts";

/** Pairs of a provider and what stands in for it: a value of its type, or a provider of one. */
export type Replacing<V extends readonly unknown[]> = {
  readonly [I in keyof V]: readonly [Provider<V[I]>, NoInfer<V[I] | Provider<V[I]>>];
};

/** How a test app differs from the app that runs in production. */
export interface TestAppOptions<V extends readonly unknown[] = readonly unknown[]> {
  /** What stands in for which provider, for example `[[currentUser, { id: 7 }]]`; checked against its type. */
  readonly replace?: Replacing<V>;
  /** Values that win over every source of settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** True serves over a real port of 127.0.0.1; by default requests are made in process. */
  readonly socket?: boolean;
  /** The name of the environment. Default `test`. */
  readonly env?: string;
  readonly logging?: TestLogging;
  /** Blocking calls in requests, tasks and jobs: default `throw`. What the app allows stays allowed. */
  readonly guard?: GuardOption;
  /** Reports what blocks the event loop, as outside of tests. Default: false, whatever the app says. */
  readonly stallWatch?: StallWatchOption;
  /**
   * What becomes of jobs: they run beside the test (`run`, the default), each enqueue outside of a transaction waits until
   * the job has run once (`inline`), or they are only kept (`off`).
   */
  readonly jobs?: "run" | "inline" | "off";
  /** Milliseconds of the steps of the shutdown. Default: the app's own, without `drainDelay` and with 5000 of grace. */
  readonly shutdown?: ShutdownOptions;
}

/** What is kept in `logs`, and whether it is shown. */
export interface TestLogging {
  /** Default: that of the app, else `debug`. */
  readonly level?: Level;
  /** Also writes every line to the standard error stream. Default false. */
  readonly print?: boolean;
}
