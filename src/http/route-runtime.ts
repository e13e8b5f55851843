import type { Responses } from "../contract/responses.ts";
import type { Plan } from "../inject/plan.ts";

/** A route as the server runs it. */
export interface RouteRuntime {
  readonly method: string;
  readonly template: string;
  readonly plan: Plan;
  readonly responses: Responses;
  /** Deadline in milliseconds; 0 for none; undefined for the server's. */
  readonly timeout: number | undefined;
  readonly bodyLimit: number | undefined;
  /** False for a route that is answered however loaded the process is. */
  readonly shed: boolean;
  /** False for a route whose requests are not logged one by one. */
  readonly accessLog: boolean;
  /**
   * True for a route of Kiln's own that tells how the app is: it is answered before the hooks of plugins, such as one that
   * asks for a password, and is not counted with what clients ask. It reads no body.
   */
  readonly direct?: boolean;
  /** Query parameters whose values are masked in logs. */
  readonly secretParams: ReadonlySet<string>;
  /** `WWW-Authenticate` of a 401 that names no other. */
  readonly challenge: string | undefined;
  /** For messages. */
  readonly where: string;
}
