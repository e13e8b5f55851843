import type { RequestContext } from "./context.ts";

/** What follows the requests of a server. */
export interface RequestTracing {
  /** Called when a request has arrived, before its first log line. */
  begin(context: RequestContext): void;
  /** Runs code for a request, as `runFor` does, inside of what was begun for it. */
  enter<T>(context: RequestContext, fn: () => T): T;
  /** Called when the connection is done with a request. */
  end(context: RequestContext, status: number, aborted: boolean): void;
}
