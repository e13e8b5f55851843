/** Limits of the HTTP server; every one has a default that is safe in production. */
export interface HttpLimits {
  /** Deadline of a request in milliseconds; 0 for none. Default 30,000. A route's `timeout` wins. */
  readonly timeout?: number;
  /** Largest body in bytes. Default 1 MiB. A route's `bodyLimit` wins. */
  readonly bodyLimit?: number;
  /** Largest head of a request in bytes. Default 16 KiB. */
  readonly headerLimit?: number;
  /** Milliseconds within which the head must have arrived (against slow-loris clients). Default 10,000. */
  readonly headersTimeout?: number;
  /** Milliseconds within which the whole request must have arrived. Default 30,000. */
  readonly requestTimeout?: number;
  /** Milliseconds an idle connection is kept. Default 72,000, longer than the usual load balancer's 60 s. */
  readonly keepAliveTimeout?: number;
}

/** The defaults of {@link HttpLimits}. */
export const defaultLimits: Required<HttpLimits> = {
  timeout: 30_000,
  bodyLimit: 1024 * 1024,
  headerLimit: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 72_000,
};
