/** Which parts of an app are traced once an OpenTelemetry SDK is there; each is by default. */
export interface TracingOptions {
  /** Statements of databases. False where another instrumentation already follows them. */
  readonly queries?: boolean;
  /** Requests that `fetch` and undici send, and the `traceparent` on them. */
  readonly fetch?: boolean;
}

/**
 * Left out or an object: traced when an OpenTelemetry SDK has been registered by the time the app starts. True: refuses to
 * start without one. False: never traced.
 */
export type TracingOption = boolean | TracingOptions;
