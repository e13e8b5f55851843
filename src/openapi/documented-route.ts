import type { ZodType } from "zod";
import type { HttpErrorClass } from "../contract/http-error.ts";
import type { Returns } from "../contract/responses.ts";
import type { Graph } from "../inject/graph.ts";
import type { ServerObject, TagObject } from "./document-types.ts";

/** What the document needs to know of a route; the app's own routes are assignable to it. */
export interface DocumentedRoute {
  readonly method: string;
  /** The whole template, for example `/posts/:postId`. */
  readonly path: string;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  /** False leaves the route out. */
  readonly documented: boolean;
  /** Errors that the route and the routers around it name. */
  readonly raises: readonly HttpErrorClass[];
  readonly graph: Graph;
  /** For messages: method, template and place. */
  readonly where: string;
  readonly options: {
    readonly returns?: Returns;
    readonly status?: number;
    readonly summary?: string;
    readonly description?: string;
    readonly operationId?: string;
    readonly examples?: Readonly<Record<string, unknown>>;
  };
}

/** What an error response is about: one error class, or one of Kiln's own answers. */
export interface ErrorFace {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** The class that is thrown, or the nearest one that the app could have registered a handler for. */
  readonly type: abstract new (
    ...args: never
  ) => unknown;
}

/** The body of an error in a format of the app's own. */
export interface ErrorBody {
  readonly schema: ZodType;
  /** For example `application/json`. */
  readonly contentType: string;
  /** A body in that format, for the docs. */
  readonly example?: unknown;
}

/** What the document says of the API as a whole. */
export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
  /** Markdown. */
  readonly description?: string;
  readonly summary?: string;
  readonly termsOfService?: string;
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string };
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string };
  /** Where the API is reached; a root path such as `/api/v1` when a proxy strips it. */
  readonly servers?: readonly ServerObject[];
  /** Descriptions of tags, in the order in which they are shown; those that only routes name follow. */
  readonly tags?: readonly TagObject[];
  /** What a problem's `type` starts with, for the examples. */
  readonly problemBase?: string;
  /** Describes errors whose format the app replaced; undefined leaves a problem. */
  readonly errorBody?: (error: ErrorFace) => ErrorBody | undefined;
}
